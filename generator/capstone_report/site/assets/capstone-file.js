// Search needs a server; opened from a file, its box would never answer, so it is not shown.
if (location.protocol === "file:") {
  document
    .querySelectorAll('.md-search, label[for="__search"]')
    .forEach((element) => element.remove());
}
