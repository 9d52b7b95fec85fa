// Takes a revealed value off the page: when its time is over, when the tab is hidden, when the window or the page is left.
// The time is counted from the moment the answer arrived: the reader's clock may be wrong.
// A copy is made only by its button, and only after the ledger has its entry.
const say = (text) => {
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = text;
  document.getElementById("toasts")?.append(toast);
  setTimeout(() => toast.remove(), 4000);
};

const offerCopy = (form, read) => {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = read();
    if (!text) return;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, headers: { "x-requested-with": "reveal" } });
      if (!answer.ok) throw new Error("refused");
      await navigator.clipboard.writeText(text);
      say(form.dataset.copied);
    } catch {
      say(form.dataset.failed);
    }
  });
};

for (const panel of document.querySelectorAll("[data-expires]")) {
  const box = panel.querySelector("[data-reveal-box]") ?? panel.querySelector("[data-reveal-value]");
  const bar = panel.querySelector("[data-reveal-bar]");
  const timer = panel.querySelector("[data-reveal-timer]");
  const copy = panel.querySelector("[data-reveal-copy]");
  const promised = Number(panel.dataset.seconds);
  const arrived = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
  const end = arrived + promised * 1000;

  const close = () => {
    clearInterval(ticking);
    box.replaceChildren();
    box.hidden = true;
    bar.hidden = true;
    timer.hidden = true;
    copy?.remove();
    panel.querySelector("[data-reveal-open]").hidden = true;
    panel.querySelector("[data-reveal-closed] > span").hidden = false;
    panel.removeAttribute("data-expires");
  };

  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left <= 0) return close();
    bar.value = left;
    timer.textContent = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "second", unitDisplay: "narrow", numberingSystem: "latn" }).format(left);
  };

  const ticking = setInterval(tick, 250);
  timer.hidden = false;
  tick();
  if (copy && navigator.clipboard) offerCopy(copy, () => box.querySelector("[data-reveal-value]")?.textContent.trim());
  document.addEventListener("visibilitychange", () => document.hidden && close());
  addEventListener("blur", close);
  addEventListener("pagehide", close);
  box.addEventListener("copy", (event) => event.preventDefault());
  box.addEventListener("contextmenu", (event) => event.preventDefault());
}
