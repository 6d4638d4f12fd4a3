// A telephone number is written in groups while it is typed, as in its country, and one that begins with + chooses its country.
import { CountryList } from "./country_list.js";

const WRITTEN = /^[\d\s().\-\/+]*$/;
const INTERNATIONAL = /^[\s(]*\+/;
const digitsOf = (text) => text.replace(/\D/g, "");
// Ordinary digits, without the invisible marks of address books.
const plainOf = (text) => text.normalize("NFKC").replace(/\p{Cf}/gu, "");
const starts = (pattern, digits) => new RegExp(`^(?:${pattern})`).test(digits);

const fill = (places, digits) => {
  let written = "";
  let at = 0;
  for (const place of places) {
    if (at === digits.length) break;
    written += place === "#" ? digits[at++] : place;
  }
  return written + digits.slice(at);
};

// The ways in which a country writes its mobile numbers: the first digits of each, with and without what goes before at home.
const waysOf = (option) => option.dataset.writing.split(";").map((way) => way.split("~"));
const wayFor = (option, digits) => {
  const ways = waysOf(option);
  const fitting = ways.filter(([leading]) => !leading || starts(leading, digits));
  const hasRoom = ([, , bare]) => bare.split("#").length > digits.length;
  return fitting.find(hasRoom) ?? fitting[0] ?? ways[0];
};

const international = (digits, option) => {
  const { calling } = option.dataset;
  if (!digits.startsWith(calling)) return `+${digits}`;
  const rest = digits.slice(calling.length);
  const places = wayFor(option, rest)[2].replace("(", "").replace(") ", "-");
  return `+${calling} ${fill(places, rest)}`.trim();
};

const national = (digits, option) => {
  const { trunk } = option.dataset;
  const isWithTrunk = trunk && digits.startsWith(trunk);
  const [, withTrunk, bare] = wayFor(option, isWithTrunk ? digits.slice(trunk.length) : digits);
  return fill(isWithTrunk && withTrunk ? withTrunk : bare, digits);
};

const written = (text, option) => {
  const plain = plainOf(text);
  if (!WRITTEN.test(plain) || !option?.value) return text;
  return INTERNATIONAL.test(plain) ? international(digitsOf(plain), option) : national(digitsOf(plain), option);
};

// The country that a number in international writing belongs to, as far as it can be told by now.
const countryOf = (digits, options, chosen) => {
  const sharing = options.filter((option) => option.value && digits.startsWith(option.dataset.calling));
  if (!sharing.length) return null;
  const rest = digits.slice(sharing[0].dataset.calling.length);
  const telling = rest ? sharing.filter(({ dataset }) => dataset.leading && starts(dataset.leading, rest)) : [];
  if (telling.length) return telling.includes(chosen) ? chosen : telling[0];
  if (sharing.includes(chosen) && (!rest || !chosen.dataset.leading)) return chosen;
  return sharing.find((option) => "main" in option.dataset) ?? sharing[0];
};

const isPart = (sign) => /[\d+]/.test(sign);

// The place in a text behind its nth digit or plus.
const behind = (text, count) => {
  let at = 0;
  for (let left = count; at < text.length && left > 0; at++) if (isPart(text[at])) left--;
  return at;
};

class PhoneField {
  constructor(field) {
    this.select = field.querySelector("select");
    this.number = field.querySelector("input[type=tel]");
    this.hint = document.getElementById(`${this.number.id}-hint`);
    this.forExample = field.dataset.forExample;
    this.list = new CountryList(this.select, field.dataset);
    this.before = this.option;
    this.select.addEventListener("change", () => this.#changed());
    this.number.addEventListener("input", (event) => this.#typed(event));
    this.number.value = written(this.number.value, this.option);
  }

  get option() {
    return this.select.selectedOptions[0];
  }

  #typed(event) {
    if (event.isComposing) return;
    const { number } = this;
    const plain = plainOf(number.value);
    if (INTERNATIONAL.test(plain) && WRITTEN.test(plain)) {
      const found = countryOf(digitsOf(plain), [...this.select.options], this.option);
      if (found) this.#follow(found.value);
    }
    this.#rewrite(event.inputType === "deleteContentForward");
  }

  // The caret stays behind the digit that it was behind; what is deleted forwards lies behind the signs between.
  #rewrite(isForward = false) {
    const { number } = this;
    const next = written(number.value, this.option);
    if (next === number.value) return;
    const isAtEnd = number.selectionEnd === number.value.length;
    const count = [...number.value.slice(0, number.selectionEnd).normalize("NFKC")].filter(isPart).length;
    number.value = next;
    let at = isAtEnd ? next.length : behind(next, count);
    while (isForward && at < next.length && !isPart(next[at])) at++;
    if (document.activeElement === number) number.setSelectionRange(at, at);
  }

  #follow(value) {
    this.isFollowing = true;
    this.list.set(value);
    this.isFollowing = false;
  }

  #changed() {
    const { number, before, option } = this;
    const digits = digitsOf(number.value);
    if (INTERNATIONAL.test(number.value) && !this.isFollowing && before?.value && digits.startsWith(before.dataset.calling)) {
      number.value = `+${option.dataset.calling}${digits.slice(before.dataset.calling.length)}`;
    }
    this.before = option;
    if (option.value) this.hint.textContent = this.forExample.replace("{}", option.dataset.example);
    if (!this.isFollowing) this.#rewrite();
  }
}

for (const field of document.querySelectorAll("[data-phone]")) new PhoneField(field);
