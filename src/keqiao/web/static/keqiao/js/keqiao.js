/* Behaviour that HTML has not got. Everything hangs on the document, so parts swapped in by htmx need no setting up,
   and every page works without this file. Loaded in the head on purpose: the theme must be known before the first paint. */
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  /* ── what the reader chose: theme and size ── */
  const CHOICES = { theme: ["auto", "light", "dark"], size: ["normal", "large", "larger"] };
  const stored = (key) => { try { return localStorage.getItem("keqiao." + key); } catch { return null; } };
  const remember = (key, value) => { try { localStorage.setItem("keqiao." + key, value); } catch { /* private window: this page only */ } };
  const apply = (key, value) => {
    const chosen = CHOICES[key].includes(value) ? value : CHOICES[key][0];
    root.dataset[key] = chosen;
    for (const button of all(`[data-set-${key}]`)) button.setAttribute("aria-pressed", String(button.getAttribute(`data-set-${key}`) === chosen));
    document.dispatchEvent(new CustomEvent("keqiao:look", { detail: { key, chosen } }));
  };
  const applyAll = () => { for (const key of Object.keys(CHOICES)) apply(key, stored(key)); };
  applyAll();

  /* ── small words at the corner, read out by screen readers ── */
  const say = (text, bad = false) => {
    const box = document.querySelector(".toasts");
    if (!box) return;
    const toast = document.createElement("p");
    toast.className = bad ? "toast bad" : "toast";
    toast.textContent = text;
    box.append(toast);
    setTimeout(() => toast.remove(), bad ? 9000 : 3500);
  };

  /* ── details that are open on a wide screen and closed on a narrow one: data-collapse="52rem" ── */
  const collapse = (within = document) => {
    for (const details of all("details[data-collapse]:not([data-ready])", within)) {
      const narrow = matchMedia(`(max-width: ${details.dataset.collapse})`);
      const fit = () => { details.open = !narrow.matches; };
      fit();
      narrow.addEventListener("change", fit);
      details.dataset.ready = "";
    }
  };

  /* ── asking before something that cannot be undone ── */
  let asking = null;
  const ask = (text, label) => new Promise((resolve) => {
    if (!asking) {
      asking = document.createElement("dialog");
      asking.className = "dialog";
      asking.setAttribute("aria-labelledby", "keqiao-ask");
      asking.innerHTML = '<form method="dialog"><h2 id="keqiao-ask"></h2><div class="acts"><button class="btn" value="no">取消</button><button class="btn primary" value="yes"></button></div></form>';
      document.body.append(asking);
    }
    asking.querySelector("h2").textContent = text;
    asking.querySelector("[value=yes]").textContent = label || "确定";
    asking.returnValue = "no";
    asking.addEventListener("close", () => resolve(asking.returnValue === "yes"), { once: true });
    asking.showModal();
  });

  /* ── forms: unsaved changes, autosave, counters ── */
  const dirty = new WeakMap();
  const touched = (form) => dirty.get(form) === true;
  addEventListener("beforeunload", (event) => {
    if (all("form[data-guard]").some(touched)) event.preventDefault();
  });

  const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  const timers = new WeakMap();
  const autosave = async (form) => {
    const status = form.querySelector("[data-autosave-status]");
    const show = (text, bad) => { if (status) { status.textContent = text; status.classList.toggle("bad", Boolean(bad)); } };
    show("正在保存…");
    dirty.set(form, false);
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), headers: { "X-Autosave": "1" }, credentials: "same-origin" });
      if (answer.status === 409) { dirty.set(form, true); show("没有保存：别人刚改过这条记录，请先刷新查看。", true); return; }
      if (!answer.ok || answer.redirected) { dirty.set(form, true); show(`没有保存（${answer.redirected ? "登录已过期" : answer.status}），请不要关闭本页，稍后会再试。`, true); return; }
      const data = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
      for (const [name, value] of Object.entries(data.fields || {})) { const input = form.elements.namedItem(name); if (input && input.type === "hidden") input.value = value; }
      if (data.autosave) form.dataset.autosave = data.autosave;
      if (data.href) history.replaceState(history.state, "", data.href);
      show(`草稿已保存 ${clock()}`);
      form.dispatchEvent(new CustomEvent("keqiao:saved", { bubbles: true, detail: data }));
    } catch {
      dirty.set(form, true);
      show("没有保存：网络不通。请不要关闭本页，恢复后会再试。", true);
      timers.set(form, setTimeout(() => autosave(form), 10000));
    }
  };

  const count = (input) => {
    const counter = document.getElementById(input.dataset.counter);
    if (!counter) return;
    const max = Number(input.dataset.max || input.maxLength);
    const length = [...input.value].length;
    counter.textContent = max > 0 ? `${length} / ${max} 字` : `${length} 字`;
    counter.classList.toggle("over", max > 0 && length > max);
  };

  document.addEventListener("input", (event) => {
    const input = event.target;
    if (input.dataset.counter) count(input);
    const form = input.form;
    if (!form || input.type === "search") return;
    dirty.set(form, true);
    if (form.dataset.autosave) { clearTimeout(timers.get(form)); timers.set(form, setTimeout(() => autosave(form), 1500)); }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asks = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    if (asks && !form.dataset.confirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      ask(asks, (submitter && submitter.dataset.confirmLabel) || form.dataset.confirmLabel || (submitter && submitter.textContent.trim())).then((yes) => {
        if (!yes) return;
        form.dataset.confirmed = "1";
        form.requestSubmit(submitter && submitter.form === form ? submitter : undefined);
        delete form.dataset.confirmed;
      });
      return;
    }
    dirty.set(form, false);
    clearTimeout(timers.get(form));
  }, true);

  /* ── rows that can be chosen: table[data-select] with input[name] in .pick; shift chooses a stretch ── */
  let last = null;
  const recount = (table) => {
    const boxes = all("tbody .pick input[type=checkbox]", table);
    const chosen = boxes.filter((box) => box.checked).length;
    const head = table.querySelector("[data-select-all]");
    if (head) { head.checked = chosen > 0 && chosen === boxes.length; head.indeterminate = chosen > 0 && chosen < boxes.length; }
    for (const bulk of all(`[data-bulk-for="${table.id}"]`)) {
      bulk.hidden = chosen === 0;
      for (const number of all("[data-select-count]", bulk)) number.textContent = chosen;
    }
  };

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.matches("[data-auto-submit]")) input.form.requestSubmit();
    const table = input.closest && input.closest("table[data-select]");
    if (table && input.matches("[data-select-all]")) for (const box of all("tbody .pick input[type=checkbox]", table)) box.checked = input.checked;
    if (table && input.type === "checkbox") recount(table);
    if (input.type === "file") {
      const drop = input.closest(".drop");
      const list = drop && drop.querySelector(".drop-files");
      if (list) list.replaceChildren(...[...input.files].map((file) => {
        const item = document.createElement("li");
        item.textContent = `${file.name}（${file.size > 1048576 ? (file.size / 1048576).toFixed(1) + " MB" : Math.ceil(file.size / 1024) + " KB"}）`;
        return item;
      }));
    }
  });

  /* ── clicks ── */
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;

    const box = at("table[data-select] tbody .pick input[type=checkbox]");
    if (box) {
      const boxes = all("tbody .pick input[type=checkbox]", box.closest("table"));
      if (event.shiftKey && last && boxes.includes(last)) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const one of boxes.slice(from, to + 1)) one.checked = box.checked;
      }
      last = box;
    }
    for (const key of Object.keys(CHOICES)) {
      const button = at(`[data-set-${key}]`);
      if (button) { const value = button.getAttribute(`data-set-${key}`); remember(key, value); apply(key, value); }
    }
    const opener = at("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog && dialog.showModal) { event.preventDefault(); dialog.showModal(); }
    }
    if (at("[data-close]")) { event.preventDefault(); const dialog = at("dialog"); if (dialog) dialog.close(); }
    if (event.target.matches("dialog")) {
      const edge = event.target.getBoundingClientRect();
      if (event.clientX < edge.left || event.clientX > edge.right || event.clientY < edge.top || event.clientY > edge.bottom) event.target.close();
    }
    if (at("[data-print]")) print();
    const copier = at("[data-copy]");
    if (copier) {
      const text = copier.dataset.copy;
      (navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error("no clipboard")))
        .then(() => say(`已复制：${text}`))
        .catch(() => say(`浏览器不允许复制，请手工选中：${text}`, true));
    }
  });

  /* ── keys ── */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of all("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const keyed = all("main [data-key]").find((one) => one.dataset.key === event.key);
    if (keyed) { event.preventDefault(); keyed.click(); return; }
    if (event.key !== "/") return;
    const search = document.querySelector("main input[type=search], [data-search]") || document.querySelector("input[type=search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  });

  /* ── files dragged in ── */
  for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(name, (event) => {
      const drop = event.target.closest && event.target.closest(".drop");
      if (!drop) return;
      drop.classList.toggle("over", over);
      if (name === "dragleave") return;
      event.preventDefault();
      const input = drop.querySelector("input[type=file]");
      if (name === "drop" && event.dataTransfer.files.length) { input.files = event.dataTransfer.files; input.dispatchEvent(new Event("change", { bubbles: true })); }
    });
  }

  /* ── htmx: says so when an answer does not come, asks in our own dialog, shows that it is busy ── */
  const WORDS = { 0: "网络不通，页面没有更新。请检查网络后再试。", 403: "您没有权限这样做，什么也没有改。", 404: "这条内容已不存在，请刷新页面。", 409: "别人刚改过这条记录，请刷新页面查看后再操作。", 429: "操作太快，请稍等一分钟再试。" };
  let pending = 0;
  const busy = (step) => { pending = Math.max(0, pending + step); root.classList.toggle("is-busy", pending > 0); };
  document.addEventListener("htmx:beforeRequest", () => busy(1));
  document.addEventListener("htmx:afterRequest", () => busy(-1));
  document.addEventListener("htmx:sendError", () => say(WORDS[0], true));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    say(WORDS[status] || `服务器没有完成（${status}），页面没有更新。请稍后再试，仍不行请告诉管理员。`, true);
  });
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((yes) => { if (yes) event.detail.issueRequest(true); });
  });
  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));

  function ready(within = document) {
    collapse(within);
    for (const input of all("[data-counter]", within)) count(input);
    for (const table of all("table[data-select]", within)) recount(table);
    for (const modal of all("dialog[data-open]", within)) if (!modal.open) modal.showModal();
  }
  document.addEventListener("DOMContentLoaded", () => { applyAll(); ready(); const first = document.querySelector(".form-errors"); if (first) first.focus(); });
  addEventListener("storage", (event) => { const key = (event.key || "").replace("keqiao.", ""); if (key in CHOICES) apply(key, event.newValue); });
  addEventListener("pageshow", () => { pending = 0; root.classList.remove("is-busy"); });
})();
