// Every page works without this. Each module adds one convenience to what the page already does.
import "./reveal.js";
import "./busy.js";
import "./codes.js";
import "./copy.js";
import "./strength.js";
import "./times.js";
import "./kept.js";
import "./session.js";
import "./phone.js";
import "./passkey.js";
import "./focus.js";
