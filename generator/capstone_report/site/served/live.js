// Waits for the next build of `capstone serve` and shows it, or says what is in its way. Only pages
// that `capstone serve` answers with hold this; a built site does not.
(() => {
  const shown = document.currentScript.dataset;
  let version = shown.version;

  function say(problem) {
    let box = document.getElementById("capstone-problem");
    if (!problem) {
      box?.remove();
      return;
    }
    if (!box) {
      box = document.createElement("pre");
      box.id = "capstone-problem";
      box.setAttribute("role", "alert");
      Object.assign(box.style, {
        position: "fixed", inset: "auto 0 0 0", zIndex: 1000, margin: 0, padding: "1rem",
        maxHeight: "50vh", overflow: "auto", whiteSpace: "pre-wrap", textAlign: "left",
        font: "14px/1.4 monospace", color: "#fff", background: "#7a1020",
      });
      document.body.append(box);
    }
    box.textContent = problem;
  }

  async function visible() {
    while (document.visibilityState === "hidden") {
      await new Promise((seen) =>
        document.addEventListener("visibilitychange", seen, { once: true })
      );
    }
  }

  async function follow() {
    for (;;) {
      await visible();
      try {
        const answer = await fetch(`/.capstone/news?after=${version}`, { cache: "no-store" });
        const news = await answer.json();
        if (news.site !== shown.site) {
          location.reload();
          return;
        }
        version = news.version;
        say(news.problem);
      } catch {
        await new Promise((later) => setTimeout(later, 1000)); // the server is gone; it may return
      }
    }
  }

  say(shown.problem);
  follow();
})();
