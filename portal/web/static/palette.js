// The command palette: every place and deed of this page by name. Ctrl K (Cmd K) opens it.
const dialog = document.getElementById("palette");
const input = document.getElementById("palette-input");
const list = document.getElementById("palette-list");

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** Everything that can be gone to or done here: links and buttons that the page itself shows. */
const collect = () => {
  const seen = new Set();
  const sources = document.querySelectorAll("[data-palette], .page-actions a, .page-actions button");
  return [...sources].flatMap((source) => {
    const label = source.textContent.trim();
    const key = source.href ?? label;
    if (!label || seen.has(key)) return [];
    seen.add(key);
    return [{ label, icon: source.querySelector(".icon"), run: () => (source.href ? location.assign(source.href) : source.click()) }];
  });
};

/** Search by the form of the page: what somebody is looked for by goes into its body, not into an address. */
const seek = (field, words) => {
  field.value = words;
  field.form.requestSubmit();
};

const searchFor = (words) => {
  const template = dialog.querySelector("[data-palette-search]");
  const field = document.getElementById(dialog.dataset.search);
  if (!field || !words) return [];
  const content = template.content.cloneNode(true);
  content.querySelector("q").textContent = words;
  return [{ content, run: () => seek(field, words) }];
};

let shown = [];

const option = (item, index) => {
  const row = document.createElement("li");
  row.role = "option";
  row.id = `palette-${index}`;
  if (item.content) row.append(item.content);
  else {
    if (item.icon) row.append(item.icon.cloneNode(true));
    row.append(item.label);
  }
  row.addEventListener("click", () => run(index));
  return row;
};

const choose = (index) => {
  [...list.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === index)));
  const row = list.children[index];
  if (!row) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", row.id);
  row.scrollIntoView({ block: "nearest" });
};

const run = (index) => {
  const item = shown[index];
  if (!item) return;
  dialog.close();
  item.run();
};

const render = () => {
  const words = input.value.trim();
  const sought = plain(words);
  shown = [...collect().filter((item) => plain(item.label).includes(sought)), ...searchFor(words)];
  list.replaceChildren(...shown.map(option));
  dialog.querySelector(".palette-none").hidden = shown.length > 0;
  choose(0);
};

const show = () => {
  input.value = "";
  render();
  dialog.showModal();
  input.focus();
};

const chosen = () => [...list.children].findIndex((row) => row.getAttribute("aria-selected") === "true");
const moves = { ArrowDown: 1, ArrowUp: -1 };

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else if (!document.querySelector("dialog[open]")) show();
  });
  input.addEventListener("input", render);
  input.addEventListener("keydown", (event) => {
    if (event.key in moves && shown.length) {
      event.preventDefault();
      choose((chosen() + moves[event.key] + shown.length) % shown.length);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      run(chosen());
    }
  });
  for (const opener of document.querySelectorAll('[data-opens="palette"]')) {
    opener.hidden = false;
    opener.addEventListener("click", show);
  }
  for (const hint of document.querySelectorAll("[data-palette-hint]")) hint.hidden = false;
}
