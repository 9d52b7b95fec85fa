// Takes a revealed value off the page: when its time is over, when the tab is hidden, when the page is left.
// The time is counted from the moment the answer arrived: the reader's clock may be wrong.
for (const panel of document.querySelectorAll("[data-expires]")) {
  const value = panel.querySelector("[data-reveal-value]");
  const bar = panel.querySelector("[data-reveal-bar]");
  const timer = panel.querySelector("[data-reveal-timer]");
  const promised = Number(panel.dataset.seconds);
  const arrived = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
  const end = arrived + promised * 1000;

  const close = () => {
    clearInterval(ticking);
    value.replaceChildren();
    value.hidden = true;
    bar.hidden = true;
    timer.hidden = true;
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
  document.addEventListener("visibilitychange", () => document.hidden && close());
  addEventListener("pagehide", close);
}
