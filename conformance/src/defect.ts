/**
 * `driver` with some methods replaced: how a test makes an adapter with one defect, to prove
 * that the kit sees it. Everything else goes to the driver itself.
 */
export function withDefect<D extends object>(driver: D, defect: Partial<D>): D {
  return new Proxy(driver, {
    get(target, name) {
      const value: unknown = Reflect.get(name in defect ? defect : target, name);
      return typeof value === 'function' && !(name in defect) ? (value.bind(target) as unknown) : value;
    },
  });
}
