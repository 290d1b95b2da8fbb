// Configures Streamlit before its own scripts: the address of its server, and this page as its host. A host receives the
// state of the connection and of each run, may request a run, and shows connection errors itself (see connection.js).
window.__streamlit = {
  // The service is at the root of its host: Streamlit does not have to probe each folder of the address.
  BACKEND_BASE_URL: location.origin,
  HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false, blockErrorDialogs: true },
};

// Removes the words of the page once a screen stands below them, then has the browser load what the screens after the
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

// Says in French what Streamlit has for screen readers in English alone: names of buttons and regions, placeholders.
(() => {
  const words = new Map(Object.entries({
    "App pages": "Écrans", "Sidebar": "Menu", "Expand sidebar": "Ouvrir le menu", "Collapse sidebar": "Fermer le menu",
    "Open": "Ouvrir la liste", "Dismiss": "Fermer la liste", "Close": "Fermer", "Close popup": "Fermer",
    "Clear value": "Effacer", "Clear all": "Tout effacer", "Clear entry": "Effacer", "Selected values": "Choix",
    "Increment": "Un de plus", "Decrement": "Un de moins", "Show password": "Afficher le mot de passe",
    "Hide password": "Masquer le mot de passe", "Choose date": "Choisir une date",
    "Choose date and time": "Choisir une date et une heure", "Clear date": "Effacer la date",
    "Clear date and time": "Effacer la date et l'heure", "Previous month": "Mois précédent", "Next month": "Mois suivant",
    "Previous Result": "Résultat précédent", "Next Result": "Résultat suivant", "Close Search": "Fermer la recherche",
    "Dataframe column menu": "Menu de la colonne", "Choose an option": "Choisissez", "Choose options": "Choisissez",
    "Skip to main content": "Aller au contenu",
  }));
  const parts = { day: "jour", month: "mois", year: "année", hour: "heure", minute: "minute" };
  const french = (text) =>
    words.get(text) ?? text.replace(/^Remove /, "Retirer ").replace(/^(day|month|year|hour|minute)(?=, )/, (part) => parts[part]);
  const translate = (element) => {
    for (const name of ["aria-label", "placeholder"]) {
      const text = element.getAttribute(name);
      if (text && french(text) !== text) element.setAttribute(name, french(text));
    }
    if (element.dataset.testid === "stSkipToContent") element.textContent = french(element.textContent);
  };
  // Not the marks of charts, which have a label each.
  const labelled = ':is(button, nav, section, div, span, input, ul)[aria-label], input[placeholder], [data-testid="stSkipToContent"]';
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") translate(target);
      for (const added of addedNodes) {
        if (!(added instanceof HTMLElement)) continue;
        if (added.matches(labelled)) translate(added);
        added.querySelectorAll(labelled).forEach(translate);
      }
    }
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label", "placeholder"] });
})();
