// A list of countries to choose from by typing, in place of a select element, which keeps the value (ARIA APG, combobox with listbox).
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const made = (tag, attributes, ...parts) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...parts);
  return element;
};

// Some systems have no pictures of flags and show other signs in their place: a flag has colours of its own, black text has none.
const hasFlags = (() => {
  const canvas = made("canvas", { width: 16, height: 16 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return false;
  pen.font = "12px sans-serif";
  pen.fillText("🇺🇸", 0, 13);
  const { data } = pen.getImageData(0, 0, 16, 16);
  return data.some((value, place) => place % 4 < 2 && Math.abs(value - data[place + 1]) > 40);
})();

const flagText = (code) =>
  hasFlags ? String.fromCodePoint(...[...code].map((letter) => letter.charCodeAt(0) + 0x1f1a5)) : code;
const flag = (code) => made("span", { class: `flag${hasFlags ? "" : " flag-letters"}`, "aria-hidden": "true" }, flagText(code));

// How well a country fits what was typed: 0 is best, null not at all.
const rank = (entry, query) => {
  const digits = query.replace(/[\s()-]/g, "");
  if (/^\+?\d+$/.test(digits)) return entry.calling.startsWith(digits.replace("+", "")) ? 1 : null;
  if (entry.code === query || ` ${entry.also} `.includes(` ${query} `)) return 0;
  if (entry.name.startsWith(query)) return 1;
  const words = ` ${entry.name} ${entry.also}`.replace(/[-’'(),.&]/g, " ");
  if (words.includes(` ${query}`)) return 2;
  return query.length > 2 && words.includes(query) ? 3 : null;
};

export class CountryList {
  constructor(select, words) {
    this.select = select;
    this.words = words;
    this.entries = [...select.options].filter((option) => option.value).map((option, place) => this.#entry(option, place));
    this.active = null;
    this.isTyped = false;
    this.#build();
    this.#listen();
    this.#showChosen();
  }

  #entry(option, place) {
    const { calling, also = "" } = option.dataset;
    const name = option.text.slice(0, -` +${calling}`.length);
    const row = made("li", { id: `country-${option.value}`, role: "option", class: "option", "aria-selected": "false" });
    row.append(flag(option.value), made("span", { class: "option-name" }, name), " ", made("span", { class: "option-calling" }, `+${calling}`));
    return { value: option.value, label: option.text, code: folded(option.value), name: folded(name), also: folded(also), calling, row, place };
  }

  #build() {
    const { select } = this;
    const label = document.querySelector(`label[for="${select.id}"]`);
    this.input = made("input", {
      class: "input", id: `${select.id}-text`, type: "text", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list",
      "aria-controls": `${select.id}-list`, autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: "60",
    });
    for (const name of ["aria-describedby", "aria-invalid", "autofocus"]) {
      if (select.hasAttribute(name)) this.input.setAttribute(name, select.getAttribute(name));
      select.removeAttribute(name);
    }
    this.flag = made("span", { class: "combobox-flag", "aria-hidden": "true" });
    this.list = made("ul", { class: "options", id: `${select.id}-list`, role: "listbox", "aria-label": label.textContent, hidden: "" });
    this.none = made("p", { class: "options options-none", hidden: "", "aria-hidden": "true" }, this.words.none);
    this.status = made("p", { class: "unseen", role: "status" });
    select.before(made("div", { class: "combobox" }, this.flag, this.input, this.list, this.none, this.status));
    select.hidden = true;
    label.htmlFor = this.input.id;
    for (const link of document.querySelectorAll(`a[href="#${select.id}"]`)) link.hash = this.input.id;
  }

  #listen() {
    const { input, list } = this;
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => this.#open());
    input.addEventListener("input", () => this.#filter());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.#leave());
    // The field keeps the focus while the list is pressed or scrolled.
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.#choose(this.entries.find((entry) => entry.row === row));
    });
    this.select.addEventListener("change", () => this.#showChosen());
  }

  get isOpen() {
    return this.input.getAttribute("aria-expanded") === "true";
  }

  get chosen() {
    return this.entries.find((entry) => entry.value === this.select.value);
  }

  // Choose from elsewhere, and say so.
  set(value) {
    if (value === this.select.value) return;
    this.select.value = value;
    this.select.dispatchEvent(new Event("change"));
    this.status.textContent = this.chosen?.label ?? "";
  }

  #open(shown = this.entries) {
    const wasOpen = this.isOpen;
    if (!wasOpen || this.shown !== shown) {
      this.shown = shown;
      this.list.replaceChildren(...shown.map((entry) => entry.row));
      for (const entry of shown) entry.row.setAttribute("aria-selected", String(entry === this.chosen));
    }
    this.list.hidden = !shown.length;
    this.none.hidden = Boolean(shown.length);
    this.input.setAttribute("aria-expanded", String(Boolean(shown.length)));
    if (!wasOpen) this.list.scrollIntoView({ block: "nearest" });
    this.#point(this.isTyped ? shown[0] : (this.chosen ?? null));
  }

  #filter() {
    this.isTyped = true;
    const query = folded(this.input.value.trim()).replace(/(\p{L}.*?)\s*\+\d+$/u, "$1");
    const ranked = this.entries.map((entry) => [query ? rank(entry, query) : 1, entry]).filter(([found]) => found !== null);
    ranked.sort(([a, one], [b, other]) => a - b || one.place - other.place);
    this.#open(ranked.map(([, entry]) => entry));
    if (!query) this.#point(null);
    const { none, one, many } = this.words;
    this.status.textContent = [none, one][ranked.length] ?? many.replace("{}", ranked.length);
  }

  #point(entry) {
    this.active?.row.classList.remove("is-active");
    this.active = entry ?? null;
    if (!this.active) {
      this.input.removeAttribute("aria-activedescendant");
      this.list.scrollTop = 0;
      return;
    }
    const { row } = this.active;
    row.classList.add("is-active");
    this.input.setAttribute("aria-activedescendant", row.id);
    const { offsetTop: top, offsetHeight: height } = row;
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    else if (top + height > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = top + height - this.list.clientHeight;
  }

  #close() {
    this.list.hidden = this.none.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.#point(null);
  }

  #choose(entry) {
    this.isTyped = false;
    this.#close();
    if (entry && entry !== this.chosen) {
      this.select.value = entry.value;
      this.select.dispatchEvent(new Event("change"));
    } else this.#showChosen();
    this.status.textContent = "";
    if (document.activeElement === this.input) this.input.select();
  }

  // Whoever typed a part of a name and goes on means the country that the list points at.
  #leave() {
    if (this.isOpen && this.isTyped && this.active) this.#choose(this.active);
    else this.#choose(null);
  }

  #showChosen() {
    const { chosen, input } = this;
    input.value = chosen?.label ?? this.select.selectedOptions[0]?.textContent ?? "";
    this.flag.replaceChildren(...(chosen ? [flag(chosen.value)] : []));
  }

  #key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") {
      if (this.isOpen || this.isTyped) event.preventDefault();
      this.#choose(null);
    } else if (event.key === "Enter") {
      if (!this.isOpen) return;
      event.preventDefault();
      this.#choose(this.active);
    } else this.#move(event);
  }

  #move(event) {
    const isOpening = !this.isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp");
    if (isOpening) {
      event.preventDefault();
      this.#open();
      if (!event.altKey && !this.active) this.#point(this.shown[0]);
      return;
    }
    if (!this.isOpen || event.shiftKey) return;
    const last = this.shown.length - 1;
    const at = this.shown.indexOf(this.active);
    const to = {
      ArrowDown: at === last ? 0 : at + 1,
      ArrowUp: at <= 0 ? last : at - 1,
      Home: 0,
      End: last,
      PageDown: Math.min(last, at + 8),
      PageUp: Math.max(0, at - 8),
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#point(this.shown[to]);
  }
}
