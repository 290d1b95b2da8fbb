// Configures Streamlit before its own scripts: the address of its server, and this page as its host. A host receives the
// state of the connection and of each run, may request a run, and shows connection errors itself (see connection.js).
window.__streamlit = {
  // The service is at the root of its host: Streamlit does not have to probe each folder of the address.
  BACKEND_BASE_URL: location.origin,
  HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false, blockErrorDialogs: true },
};

// Removes the waiting words of the page once a screen is drawn below them, then has the browser load what the screens after the
// sign-in form need, if that was left for later (see modules.py).
(() => {
  const observer = new MutationObserver(() => {
    if (!document.querySelector('#root [data-testid="stElementContainer"]')) return;
    document.getElementById("ror-waiting")?.remove();
    const later = document.getElementById("ror-later");
    if (later && !document.querySelector("#root input")) return;
    observer.disconnect();
    if (later) document.head.append(later.content);
  });
  observer.observe(document.getElementById("root"), { childList: true, subtree: true });
})();

// Evaluates the renderers of charts and tables while the page waits for its connection, rather than once they are drawn.
addEventListener("load", () => {
  for (const { href } of document.querySelectorAll("link[data-evaluate]")) requestIdleCallback(() => import(href));
});

// Closes the menu of a narrow window once one of its screens was chosen: Streamlit does so on telephones alone.
addEventListener("click", ({ target }) => {
  if (!(target instanceof Element && target.closest('[data-testid="stSidebarNavLink"]'))) return;
  setTimeout(() => {
    if (document.querySelector('[data-testid="stExpandSidebarButton"]')) return;
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  }, 300);
});
