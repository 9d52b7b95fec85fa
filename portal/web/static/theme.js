// Shows a chosen theme at once, while the form that stores it is on its way.
document.addEventListener("submit", (event) => {
  const chosen = event.submitter;
  if (chosen?.name === "theme") document.documentElement.dataset.theme = chosen.value;
});
