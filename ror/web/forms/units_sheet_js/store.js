// Stores what is typed on the sheet in the browser, under the pseudonym of its account: it survives a reload, a lost
// connection and the end of a session. Comments, and a request without an answer, stay in this tab. All of it is dropped
// after twelve hours, at sign-out and when another account opens the service (ror/web/own_drafts.py). `store` is the name
// of the storage.

const MAX_AGE_MS = 12 * 3600 * 1000;

function read(storage, store) {
  try {
    return JSON.parse(storage.getItem(store)) ?? {};
  } catch {
    return {};
  }
}

function discardDrafts(store) {
  for (const storage of [localStorage, sessionStorage]) storage.removeItem(store);
}

// Returns the drafts by unit, the last save while it can be undone, and a request that had no answer yet.
function loadDrafts(store, owner) {
  const stored = read(localStorage, store), comments = read(sessionStorage, store);
  if (stored.owner !== owner || !(Date.now() - stored.at < MAX_AGE_MS)) {
    discardDrafts(store);
    return { lines: {}, undo: null, pending: null };
  }
  const lines = stored.lines ?? {}, tab = comments.owner === owner ? comments : { lines: {}, pending: null };
  for (const [unit, comment] of Object.entries(tab.lines)) if (lines[unit]) lines[unit].comment = comment;
  return { lines, undo: stored.undo ?? null, pending: tab.pending ?? null };
}

function storeDrafts(store, owner, drafts, undo, pending) {
  const lines = {}, comments = {};
  for (const { unit, comment, ...numbers } of drafts) {
    lines[unit] = numbers;
    comments[unit] = comment;
  }
  try {
    localStorage.setItem(store, JSON.stringify({ owner, at: Date.now(), lines, undo }));
    sessionStorage.setItem(store, JSON.stringify({ owner, lines: comments, pending }));
  } catch {
    // A full or forbidden storage: the sheet works without drafts.
  }
}
