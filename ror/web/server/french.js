// Translates what Streamlit has in English alone: names of controls, placeholders, menus of tables, dates. Cost: for each node
// that is added, one search of the elements below; texts are read in Streamlit's own parts alone, never in those of users.
(() => {
  const WORDS = new Map(Object.entries({
    "App pages": "Écrans", "Sidebar": "Menu", "Expand sidebar": "Ouvrir le menu", "Collapse sidebar": "Fermer le menu",
    "Skip to main content": "Aller au contenu", "Open": "Ouvrir la liste", "Dismiss": "Fermer la liste", "Close": "Fermer",
    "Close popup": "Fermer", "Clear value": "Effacer", "Clear all": "Tout effacer", "Clear entry": "Effacer",
    "Clear selection": "Effacer le choix", "Selected values": "Choix", "Increment": "Un de plus", "Decrement": "Un de moins",
    "Choose an option": "Choisissez", "Choose options": "Choisissez", "No results": "Aucune réponse", "Select all": "Tout choisir",
    "Multiselect options": "Choix possibles", "Selectbox options": "Choix possibles",
    "Show password": "Afficher le mot de passe", "Hide password": "Masquer le mot de passe",
    "Scroll tabs left": "Onglets précédents", "Scroll tabs right": "Onglets suivants", "Copy to clipboard": "Copier",
    "Copied": "Copié", "Copied!": "Copié", "Link to heading": "Lien vers ce titre",
    // Dates.
    "Choose date": "Choisir une date", "Choose date and time": "Choisir une date et une heure", "Clear date": "Effacer la date",
    "Clear date and time": "Effacer la date et l'heure", "Clear time": "Effacer l'heure", "Calendar": "Calendrier",
    "Previous month": "Mois précédent", "Next month": "Mois suivant", "Previous": "Mois précédent", "Next": "Mois suivant",
    "Empty": "vide", "dd": "jj", "yyyy": "aaaa", "Selected date unavailable.": "Cette date ne peut pas être choisie.",
    "Use arrow keys to navigate dates. Enter to select. Escape to close.": "Flèches pour changer de date, Entrée pour la choisir, Échap pour fermer.",
    "Use arrow keys to navigate. Enter to select. Tab to switch between calendar and time. Escape to close.": "Flèches pour changer de date, Entrée pour la choisir, Tab pour l'heure, Échap pour fermer.",
    // Tables.
    "Dataframe column menu": "Menu de la colonne", "Copy column name": "Copier le nom de la colonne",
    "Sort ascending": "Trier par ordre croissant", "Sort descending": "Trier par ordre décroissant", "Format": "Format",
    "Autosize": "Ajuster la largeur", "Pin column": "Fixer la colonne", "Unpin column": "Libérer la colonne",
    "Hide column": "Masquer la colonne", "Show/hide columns": "Colonnes affichées", "Search": "Rechercher",
    "Download as CSV": "Télécharger (CSV)", "Fullscreen": "Plein écran", "Close fullscreen": "Quitter le plein écran",
    "Previous Result": "Résultat précédent", "Next Result": "Résultat suivant", "Close Search": "Fermer la recherche",
    "Column statistics": "Statistiques de la colonne", "Statistics": "Statistiques", "Automatic": "Automatique",
    "Localized": "Selon le pays", "Plain": "Brut", "Compact": "Abrégé", "Percent": "Pourcentage", "Scientific": "Scientifique",
    "Accounting": "Comptable", "Duration": "Durée", "Distance": "Écart à maintenant", "Date": "Date", "Time": "Heure",
    // Files.
    "Upload": "Choisir un fichier", "Add files": "Ajouter un fichier", "Drag and drop file here": "Déposez le fichier ici",
    "Drag and drop a file here": "Déposez le fichier ici", "Click to retry upload": "Envoyer de nouveau",
  }));
  const PARTS = { day: "jour", month: "mois", year: "année", hour: "heure", minute: "minute", today: "aujourd'hui" };
  const STARTS = [
    [/^Remove /, "Retirer "], [/^Help for /, "Aide sur "], [/^Select (\d+) matches$/, "Choisir ces $1 réponses"], [/^Add: /, "Ajouter : "],
    [/^Selected Date: /, "Date choisie : "], [/^[\d.]+ ?[KMG]?B per file.*$/, "ou déposez-le ici"], [/^Today, /, "Aujourd'hui, "], [/ selected$/, ", choisi"],
    [/^(day|month|year|hour|minute)(?=, )/, (part) => PARTS[part]],
  ];
  const NAMES = ["aria-label", "placeholder", "title", "aria-valuetext"];
  // Not the marks of charts, which have a label each.
  const NAMED = ':is(button, nav, section, div, span, input, ul, td)[aria-label], :is(button, div, span)[title], input[placeholder], [aria-valuetext]';
  const TEXTS = '[data-testid="stSkipToContent"], [data-testid^="stDataFrameColumn"], [data-key="__select_all__"], [data-key="__creatable__"], [role="listbox"][data-empty="true"], [data-testid="stFileUploaderDropzone"], [data-testid="stDateInput"] [role="spinbutton"], [data-testid="stDateTimeInput"] [role="spinbutton"], [data-testid$="InputCalendar"], [data-testid="stDateTimeInputPopoverTime"], [id^="react-aria-description"]';
  const MENU = '[data-testid="stSidebarNavItems"]';

  const french = (text) => WORDS.get(text) ?? STARTS.reduce((words, [english, own]) => words.replace(english, own), text);

  function translateNames(element) {
    for (const name of NAMES) {
      const text = element.getAttribute(name);
      if (text && french(text) !== text) element.setAttribute(name, french(text));
    }
  }

  function translateTexts(element) {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      const own = french(text.data.trim());
      if (own !== text.data.trim()) text.data = own;
    }
  }

  // The menu of a phone is one list whose children are sections, not items: make each section a list.
  function divide(list) {
    list.setAttribute("role", "none");
    for (const section of list.children) if (section.querySelector(":scope > li")) section.setAttribute("role", "list");
  }

  // The field of a file has a name and no role; the menu of a column contains more than menu items: both become groups.
  const GROUPS = '[data-testid="stFileUploaderDropzone"], [data-testid="stDataFrameColumnMenu"] [role="menu"], [data-testid$="InputCalendar"] header';
  const group = (part) => {
    // The header of a calendar is not that of the page.
    part.setAttribute("role", part.matches("header") ? "none" : "group");
    for (const item of part.querySelectorAll('[role="menuitem"]')) item.setAttribute("role", "button");
  };

  function translate(added) {
    if (added.matches(NAMED)) translateNames(added);
    added.querySelectorAll(NAMED).forEach(translateNames);
    (added.closest(TEXTS) ? [added] : added.querySelectorAll(TEXTS)).forEach(translateTexts);
    added.querySelectorAll(GROUPS).forEach(group);
    (added.closest(MENU) ? [added.closest(MENU)] : added.querySelectorAll(MENU)).forEach(divide);
  }

  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") translateNames(target);
      else if (type === "characterData") target.parentElement?.closest(TEXTS) && translateTexts(target.parentElement);
      for (const added of addedNodes) {
        if (added instanceof HTMLElement) translate(added);
        else if (added.nodeType === Node.TEXT_NODE && added.parentElement?.closest(TEXTS)) translateTexts(added.parentElement);
      }
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: NAMES });
})();
