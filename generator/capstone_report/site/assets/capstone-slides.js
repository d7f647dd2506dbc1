Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0.06,
  hash: true,
  center: false,
  transition: "none",
  plugins: [RevealNotes],
});
