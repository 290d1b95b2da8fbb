// Stores what is typed on the sheet in the browser, under the pseudonym of its account: it survives a reload, a lost
// connection and the end of a session. Comments, and a request without an answer, stay in this tab. All of it is dropped after twelve hours, at sign-out
// (ror/web/redirect.py), and when another account opens the service.

const STORE = "ror-sheet", LONGEST_MS = 12 * 3600 * 1000;

function read(storage) {
  try {
    return JSON.parse(storage.getItem(STORE)) ?? {};
  } catch {
    return {};
  }
}

function discardDrafts() {
  for (const storage of [localStorage, sessionStorage]) storage.removeItem(STORE);
}

// Returns the drafts by unit, the last save while it can be undone, and a request that had no answer yet.
function loadDrafts(owner) {
  const stored = read(localStorage), comments = read(sessionStorage);
  if (stored.owner !== owner || !(Date.now() - stored.at < LONGEST_MS)) {
    discardDrafts();
    return { lines: {}, undo: null, pending: null };
  }
  const lines = stored.lines ?? {}, tab = comments.owner === owner ? comments : { lines: {}, pending: null };
  for (const [unit, comment] of Object.entries(tab.lines)) if (lines[unit]) lines[unit].comment = comment;
  return { lines, undo: stored.undo ?? null, pending: tab.pending ?? null };
}

function storeDrafts(owner, drafts, undo, pending) {
  const lines = {}, comments = {};
  for (const { unit, comment, ...numbers } of drafts) {
    lines[unit] = numbers;
    comments[unit] = comment;
  }
  try {
    localStorage.setItem(STORE, JSON.stringify({ owner, at: Date.now(), lines, undo }));
    sessionStorage.setItem(STORE, JSON.stringify({ owner, lines: comments, pending }));
  } catch {
    // A full or forbidden storage: the sheet works without drafts.
  }
}
