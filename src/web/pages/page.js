// Keeps the call up to date: asks for the part that changes, and puts in what is new.
(() => {
  const box = document.querySelector("[data-live]");
  if (!box) return;
  const usual = 5000;
  let tag = null;
  let wait = usual;
  const put = (html) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    // Only what differs is replaced, so that a screen reader announces nothing twice.
    for (const part of fresh.content.querySelectorAll("[data-part]")) {
      const old = box.querySelector(`[data-part="${part.dataset.part}"]`);
      if (old && old.innerHTML !== part.innerHTML) old.innerHTML = part.innerHTML;
    }
  };
  const ask = async () => {
    const headers = tag ? { "If-None-Match": tag } : {};
    const answer = await fetch(box.dataset.live, { headers, cache: "no-store" });
    // Signed out: nothing will come any more.
    if (answer.status === 401 || answer.status === 403 || answer.redirected) return false;
    if (answer.status === 200) {
      tag = answer.headers.get("ETag");
      put(await answer.text());
    }
    wait = answer.ok || answer.status === 304 ? usual : Math.min(2 * wait, 60000);
    return true;
  };
  const next = () => setTimeout(round, wait);
  const round = () => {
    if (document.hidden) return next();
    ask().catch(() => (wait = Math.min(2 * wait, 60000), true)).then((goesOn) => goesOn && next());
  };
  next();
})();
