// Shows the check of an entry's proof, step by step, in the words of the page; and remembers the ledger from visit to visit.
const part = document.querySelector("[data-proof]");
const KEY = `waxwing-ledger-${part.dataset.region}`;
const MARKS = { good: "✓", bad: "✗", unknown: "?", first: "•" };

const remembered = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
};

const remember = (what) => {
  try {
    localStorage.setItem(KEY, JSON.stringify(what));
  } catch {
    // A browser that keeps nothing checks each time as if it were the first.
  }
};

const number = (value) => new Intl.NumberFormat(document.documentElement.lang, { numberingSystem: "latn" }).format(value);

const show = (step, state) => {
  const line = part.querySelector(`[data-step="${step}"]`);
  line.classList.add(state);
  line.querySelector("[data-mark]").textContent = MARKS[state];
  for (const said of line.querySelectorAll("[data-when]")) said.hidden = said.dataset.when !== state;
};

const tell = (name, value) => {
  part.querySelector(`[data-${name}]`).hidden = false;
  part.querySelector(`[data-${name}-value]`).textContent = number(value);
};

const verdict = (which) => {
  for (const said of part.querySelectorAll("[data-verdict]")) said.hidden = said.dataset.verdict !== which;
  part.dataset.checked = which;
};

const fetchProof = (Broken) => async (from, to) => {
  const answer = await fetch(`${part.dataset.consistency}?from=${from}&to=${to}`).catch(() => null);
  if (answer?.status === 404) throw new Broken("memory", "shorter");
  return answer?.ok ? (await answer.json()).proof : null;
};

const run = async () => {
  const { check, Broken } = await import(part.dataset.core);
  const answer = await fetch(part.dataset.proof).catch(() => null);
  if (!answer?.ok || !globalThis.crypto?.subtle) return verdict("away");
  const given = await answer.json();
  const before = remembered();
  const shown = { index: Number(part.dataset.index), leaf: part.dataset.leaf, who: part.dataset.who };
  const { steps, checkpoint, remember: now } = await check(given, shown, before, fetchProof(Broken));
  part.querySelector(".check-steps").hidden = false;
  for (const [step, state] of Object.entries(steps)) show(step, state);
  if (checkpoint) {
    tell("size", checkpoint.size);
    tell("witnesses", checkpoint.signatures.length - 1);
  }
  const states = Object.values(steps);
  verdict(states.includes("bad") ? "bad" : states.includes("unknown") ? "unknown" : "good");
  if (now) remember(now);
  part.querySelector("[data-forget]").hidden = steps.memory !== "bad";
};

part.querySelector("[data-forget] button").addEventListener("click", () => {
  localStorage.removeItem(KEY);
  location.reload();
});

await run();
