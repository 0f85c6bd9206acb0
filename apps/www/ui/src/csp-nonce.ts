/**
 * What style elements made by scripts carry, so that the policy lets them in; www writes a new
 * one into each page. Empty where the page came without, as from Vite's own server.
 */
export const CSP_NONCE: string = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
