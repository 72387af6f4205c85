// Loaded with --import: from then on, this process believes that it is SOAK_CLOCK_SHIFT_MS later than it is. Timers and
// performance.now are not affected, as on a machine whose clock was set wrong.
const shiftMs = Number(process.env.SOAK_CLOCK_SHIFT_MS ?? 0);
const RealDate = Date;
const now = () => RealDate.now() + shiftMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
