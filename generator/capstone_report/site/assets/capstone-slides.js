Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0.06,
  hash: true,
  center: false,
  transition: "none",
  plugins: [RevealNotes],
});

/* A replay begins when its slide is shown; who wants no motion sees its end. */
const still = matchMedia("(prefers-reduced-motion: reduce)");
const replay = ({ currentSlide }) => {
  for (const picture of currentSlide.querySelectorAll("svg.replay")) {
    picture.setCurrentTime(still.matches ? 3600 : 0);
  }
};
Reveal.on("ready", replay);
Reveal.on("slidechanged", replay);
