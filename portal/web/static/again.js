// Looks again while something is being made: only the marked part changes, the reader stays where he is.
const PAUSE = 1500;

const look = async () => {
  const part = document.querySelector("[data-looks-again]");
  if (!part) return;
  const answer = await fetch(location.href).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (fresh) {
      part.replaceChildren(...fresh.childNodes);
      part.toggleAttribute("data-looks-again", fresh.hasAttribute("data-looks-again"));
    }
  }
  setTimeout(look, PAUSE);
};

setTimeout(look, PAUSE);
