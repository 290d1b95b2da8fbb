// Stores what is typed on the sheet in the browser, under the pseudonym of its account: it survives a reload, a lost
// connection and the end of a session. Comments stay in this tab. All of it is dropped after twelve hours, at sign-out
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

// Returns the drafts by unit, and the last save while it can be undone.
function loadDrafts(owner) {
  const stored = read(localStorage), comments = read(sessionStorage);
  if (stored.owner !== owner || !(Date.now() - stored.at < LONGEST_MS)) {
    discardDrafts();
    return { lines: {}, undo: null };
  }
  const lines = stored.lines ?? {};
  for (const [unit, comment] of Object.entries(comments.owner === owner ? comments.lines : {})) {
    if (lines[unit]) lines[unit].comment = comment;
  }
  return { lines, undo: stored.undo ?? null };
}

function storeDrafts(owner, drafts, undo) {
  const lines = {}, comments = {};
  for (const { unit, comment, ...numbers } of drafts) {
    lines[unit] = numbers;
    comments[unit] = comment;
  }
  try {
    localStorage.setItem(STORE, JSON.stringify({ owner, at: Date.now(), lines, undo }));
    sessionStorage.setItem(STORE, JSON.stringify({ owner, lines: comments }));
  } catch {
    // A full or forbidden storage: the sheet works without drafts.
  }
}
