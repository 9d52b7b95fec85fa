// Keys: ? shows the sheet, / goes to the search, g and a figure goes to a page, n to the next page of a list.
const sheet = document.getElementById("keys");
const TYPING = "input, textarea, select, [contenteditable]";
const WAIT = 1200;
let afterG = 0;

const places = () => [...document.querySelectorAll(".side-nav a")];

const searchField = () =>
  document.querySelector("main input[type=search], main .filters input:not([type=hidden])") ??
  [...document.querySelectorAll(".bar input[type=search]")].find((field) => field.checkVisibility());

const actions = {
  "?": () => sheet?.showModal(),
  "/": () => searchField()?.focus(),
  n: () => document.querySelector('[data-key="next"]')?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  // A dialog that has just closed leaves its field focused until the next frame: nobody types into what is not shown.
  if (event.target.closest?.(TYPING)?.checkVisibility() || document.querySelector("dialog[open]")) return;
  if (event.key === "g") {
    afterG = event.timeStamp;
    return;
  }
  if (afterG && event.timeStamp - afterG < WAIT && /^[1-9]$/.test(event.key)) {
    places()[Number(event.key) - 1]?.click();
  } else if (event.key in actions) {
    event.preventDefault();
    actions[event.key]();
  }
  afterG = 0;
});

for (const opener of document.querySelectorAll('[data-opens="keys"]')) {
  opener.hidden = false;
  opener.addEventListener("click", () => sheet.showModal());
}
