/** Units by Grafana's ids, to functions that write a number in them. Ids and symbols are facts shared with Grafana's dashboards. */

import * as durations from "./durations";
import { binary, counted, digits, fixed, fullMoney, hexadecimal, money, scaled, si, siPower, type Format } from "./numbers";
import { fromNow, localTime, patterned, systemTime } from "./times";

export type { Format, Parts } from "./numbers";

/** "id=symbol id=symbol": a value and its unit, never scaled. `_` stands for a space in a symbol. */
const FIXED = `humidity=%H dB=dB pixel=px accMS2=m/sec² accFS2=f/sec² accG=g degree=° radian=rad grad=grad arcmin=arcmin arcsec=arcsec
areaM2=m² areaF2=ft² areaMI2=mi² acres=ac hectares=ha ppm=ppm conppb=ppb conngm3=ng/m³ conngNm3=ng/Nm³ conμgm3=μg/m³ conμgNm3=μg/Nm³
conmgm3=mg/m³ conmgNm3=mg/Nm³ congm3=g/m³ congNm3=g/Nm³ conmgdL=mg/dL conmmolL=mmol/L dBm=dbm flowgpm=gpm flowcms=cms flowcfs=cfs
flowcfm=cfm litreh=L/h flowlpm=L/min flowmlpm=mL/min lux=lux masslb=lb masst=t lengthcm=cm lengthin=in lengthft=ft lengthmi=mi
pressurehpa=hPa pressurekpa=kPa pressurehg="Hg rotrpm=rpm rotrads=rad/s rotdegs=°/s celsius=°C fahrenheit=°F farenheit=°F
kelvin=K velocityms=m/s velocitykmh=km/h velocitymph=mph velocityknot=kn m3=m³ Nm3=Nm³ dm3=dm³ gallons=gal`;

/** "id=symbol" or "id=symbol,power": decimal prefixes; the power says in which thousands the value comes. */
const SI_UNITS = `sishort= candela=cd flops=FLOPS mflops=FLOPS,2 gflops=FLOPS,3 tflops=FLOPS,4 pflops=FLOPS,5 eflops=FLOPS,6 zflops=FLOPS,7
yflops=FLOPS,8 decbytes=B decbits=b deckbytes=B,1 decmbytes=B,2 decgbytes=B,3 dectbytes=B,4 decpbytes=B,5 pps=p/s Bps=B/s bps=b/s KBs=B/s,1
Kbits=b/s,1 MBs=B/s,2 Mbits=b/s,2 GBs=B/s,3 Gbits=b/s,3 TBs=B/s,4 Tbits=b/s,4 PBs=B/s,5 Pbits=b/s,5 watt=W kwatt=W,1 megwatt=W,2 gwatt=W,3
mwatt=W,-1 Wm2=W/m² voltamp=VA kvoltamp=VA,1 voltampreact=VAr kvoltampreact=VAr,1 watth=Wh watthperkg=Wh/kg kwatth=Wh,1 kwattm=W-Min,1
mwatth=Wh,2 amph=Ah kamph=Ah,1 mamph=Ah,-1 joule=J ev=eV amp=A kamp=A,1 mamp=A,-1 volt=V kvolt=V,1 mvolt=V,-1 mohm=Ω,-1 ohm=Ω kohm=Ω,1
Mohm=Ω,2 farad=F µfarad=F,-2 nfarad=F,-3 pfarad=F,-4 ffarad=F,-5 henry=H mhenry=H,-1 µhenry=H,-2 lumens=Lm forceNm=Nm forcekNm=Nm,1 forceN=N
forcekN=N,1 Hs=H/s KHs=H/s,1 MHs=H/s,2 GHs=H/s,3 THs=H/s,4 PHs=H/s,5 EHs=H/s,6 massmg=g,-1 massg=g masskg=g,1 lengthmm=m,-1 lengthm=m
lengthkm=m,1 pressurembar=bar,-1 pressurebar=bar pressurekbar=bar,1 pressurepa=Pa radbq=Bq radci=Ci radgy=Gy radrad=rad radsv=Sv radmsv=Sv,-1
radusv=Sv,-2 radrem=rem radexpckg=C/kg radr=R radsvh=Sv/h radmsvh=Sv/h,-1 radusvh=Sv/h,-2 rothz=Hz rotkhz=Hz,1 rotmhz=Hz,2 rotghz=Hz,3 hertz=Hz
mlitre=L,-1 litre=L`;

const BINARY_UNITS = `bytes=B bits=b kbytes=B,1 mbytes=B,2 gbytes=B,3 tbytes=B,4 pbytes=B,5 binBps=B/s binbps=b/s KiBs=B/s,1 Kibits=b/s,1
MiBs=B/s,2 Mibits=b/s,2 GiBs=B/s,3 Gibits=b/s,3 TiBs=B/s,4 Tibits=b/s,4 PiBs=B/s,5 Pibits=b/s,5`;

const COUNTED = `cps=c/s ops=ops/s reqps=req/s rps=rd/s wps=wr/s iops=io/s eps=evt/s mps=msg/s recps=rec/s rowsps=rows/s cpm=c/m opm=ops/m
reqpm=req/m rpm=rd/m wpm=wr/m epm=evts/m mpm=msgs/m recpm=rec/m rowspm=rows/m`;

const MONEY = `USD=$ GBP=£ EUR=€ JPY=¥ RUB=₽ UAH=₴ BRL=R$ CZK=czk CHF=CHF PLN=PLN BTC=฿ mBTC=mBTC μBTC=μBTC ZAR=R INR=₹ KRW=₩ IDR=Rp PHP=PHP
MYR=RM XPF=XPF BGN=BGN PYG=₲ UYU=UYU ILS=₪`;
const MONEY_BEHIND = `DKK=kr ISK=kr NOK=kr SEK=kr VND=đ TRY=₺`;

function yesNo(yes: string, no: string): Format {
  return (value) => ({ text: value ? yes : no });
}

const DATE = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;

const SPECIAL: Readonly<Record<string, Format>> = {
  none: fixed(""),
  string: (value) => ({ text: String(value) }),
  short: scaled(1000, ["", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept"]),
  percent: (value, decimals) => ({ text: digits(value, decimals), suffix: "%" }),
  percentunit: (value, decimals) => ({ text: digits(value * 100, decimals), suffix: "%" }),
  hex: hexadecimal(""),
  hex0x: hexadecimal("0x"),
  sci: (value, decimals) => ({ text: value.toExponential(decimals ?? undefined) }),
  locale: (value, decimals) => ({ text: value.toLocaleString(undefined, { maximumFractionDigits: decimals ?? undefined }) }),
  pressurepsi: scaled(1000, ["psi", "ksi", "Mpsi"]),
  bool: yesNo("True", "False"),
  bool_yes_no: yesNo("Yes", "No"),
  bool_on_off: yesNo("On", "Off"),
  ns: durations.nanoseconds,
  µs: durations.microseconds,
  ms: durations.milliseconds,
  s: durations.seconds,
  m: durations.minutes,
  h: durations.hours,
  d: durations.days,
  dtdurationms: durations.inWords("millisecond"),
  dtdurations: durations.inWords("second"),
  dthms: durations.colons(false),
  dtdhms: durations.colons(true),
  timeticks: (value, decimals) => durations.seconds(value / 100, decimals),
  clockms: durations.clock(1),
  clocks: durations.clock(1000),
  dateTimeAsIso: patterned("YYYY-MM-DD HH:mm:ss"),
  dateTimeAsIsoNoDateIfToday: patterned("YYYY-MM-DD HH:mm:ss", "HH:mm:ss"),
  dateTimeAsUS: patterned("MM/DD/YYYY h:mm:ss a"),
  dateTimeAsUSNoDateIfToday: patterned("MM/DD/YYYY h:mm:ss a", "h:mm:ss a"),
  dateTimeAsLocal: localTime({ ...DATE, ...CLOCK }),
  dateTimeAsLocalNoDateIfToday: (value, decimals, zone) =>
    localTime(new Date(value).toDateString() === new Date().toDateString() ? CLOCK : { ...DATE, ...CLOCK })(value, decimals, zone),
  dateTimeAsSystem: systemTime,
  dateTimeFromNow: fromNow,
};

let known: Map<string, Format> | undefined;

/** Built on first use: a dashboard without units should not pay for 270 closures. */
function table(): Map<string, Format> {
  if (known) return known;
  const built = new Map<string, Format>();
  const each = (list: string, make: (symbol: string, power: number) => Format, idPrefix = ""): void => {
    for (const entry of list.split(/\s+/)) {
      const [id, rest = ""] = entry.split("=");
      const [symbol = "", power = "0"] = rest.split(",");
      built.set(idPrefix + id, make(symbol, Number(power)));
    }
  };
  each(FIXED, (symbol) => fixed(symbol));
  each(SI_UNITS, si);
  each(BINARY_UNITS, binary);
  each(COUNTED, counted);
  each(MONEY, (symbol) => money(symbol), "currency");
  each(MONEY_BEHIND, (symbol) => money(symbol, true), "currency");
  for (const [id, format] of Object.entries(SPECIAL)) built.set(id, format);
  known = built;
  return built;
}

/** "prefix:x", "suffix:x", "time:YYYY", "si:kB", "count:x", "currency:x", "currency:financial:$:suffix", "bool:on/off". */
function custom(kind: string, rest: string): Format | undefined {
  switch (kind) {
    case "prefix":
      return fixed(rest, true);
    case "suffix":
      return fixed(rest);
    case "time":
      return patterned(rest);
    case "count":
      return counted(rest);
    case "si": {
      const power = siPower(rest.charAt(0));
      return si(power === 0 ? rest : rest.slice(1), power);
    }
    case "currency": {
      const [form, symbol, side] = rest.split(":");
      return form === "financial" && symbol !== undefined ? fullMoney(symbol, side === "suffix") : money(rest);
    }
    case "bool": {
      const slash = rest.indexOf("/");
      return slash < 0 ? yesNo(rest, "-") : yesNo(rest.slice(0, slash), rest.slice(slash + 1));
    }
    default:
      return undefined;
  }
}

/** Never fails: a unit that nobody knows is written behind the number as it is. */
export function unitFormat(unit: string | undefined): Format {
  if (!unit) return fixed("");
  const found = table().get(unit);
  if (found) return found;
  const colon = unit.indexOf(":");
  return (colon > 0 ? custom(unit.slice(0, colon), unit.slice(colon + 1)) : undefined) ?? fixed(unit);
}

/** Every id with a meaning of its own; for choosing and for tests. */
export function unitIds(): string[] {
  return [...table().keys()];
}

const BINARY_IDS = /^(bytes|bits|[kmgtp]bytes|binBps|binbps|[KMGTP]i(Bs|bits))$/;

/** Whether axes should step by powers of 1024. */
export function isBinaryUnit(unit: string | undefined): boolean {
  return unit !== undefined && BINARY_IDS.test(unit);
}

/** Seconds in one of the unit, for axes of durations; 0 for what is no duration. */
export function unitSeconds(unit: string | undefined): number {
  return { ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86400, dtdurations: 1, dtdurationms: 1e-3, dthms: 1, dtdhms: 1, clocks: 1, clockms: 1e-3 }[unit ?? ""] ?? 0;
}
