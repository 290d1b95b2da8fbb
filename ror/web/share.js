// Buttons that share the screen: its address, a printed page, the map as a picture with its source and its instant.
export default function ({ data, parentElement }) {
  if (parentElement.querySelector(".ror-share")) return;
  const box = parentElement.appendChild(document.createElement("div"));
  box.className = "ror-share";
  const status = document.createElement("p");
  status.setAttribute("role", "status");

  const add = (label, act) => {
    const button = box.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = label;
    button.onclick = async () => {
      try {
        status.textContent = await act();
      } catch {
        status.textContent = "Votre navigateur ne le permet pas : copiez l'adresse en haut de la fenêtre.";
      }
    };
  };

  const picture = () => {
    const map = document.querySelector(".st-key-board-map canvas");
    if (!map) return "La carte n'est pas affichée.";
    const margin = 28 * devicePixelRatio;
    const copy = Object.assign(document.createElement("canvas"), { width: map.width, height: map.height + margin });
    const pen = copy.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, copy.width, copy.height);
    pen.drawImage(map, 0, 0);
    pen.fillStyle = "#1c2733";
    pen.font = `${13 * devicePixelRatio}px sans-serif`;
    pen.fillText(data.caption, 8 * devicePixelRatio, map.height + margin * 0.65);
    const link = Object.assign(document.createElement("a"), { href: copy.toDataURL("image/png"), download: data.file });
    link.click();
    return "Image enregistrée.";
  };

  add("Copier le lien", async () => {
    await navigator.clipboard.writeText(location.href);
    return "Lien copié.";
  });
  add("Imprimer", async () => {
    print();
    return "";
  });
  add("Carte (image PNG)", async () => picture());
  box.append(status);
}
