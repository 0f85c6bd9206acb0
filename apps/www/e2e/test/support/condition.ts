import type { Locator, Page } from 'playwright-core';

/** The editor of a condition once it has come; before, there is a plain field of the same name. */
export function conditionEditor(page: Page): Locator {
  return page.locator('.cm-content').and(page.getByRole('textbox', { name: 'Condition' }));
}

export async function clearCondition(page: Page): Promise<void> {
  const editor = conditionEditor(page);
  await editor.press('ControlOrMeta+a');
  await editor.press('Delete');
}

/** Replaces the condition key by key: `fill` inserts a text by a command of the browser, which keeps the look of what was there in a style that the policy refuses. */
export async function typeCondition(page: Page, text: string): Promise<void> {
  await clearCondition(page);
  const editor = conditionEditor(page);
  await editor.pressSequentially(text);
  // A list of completions would take the next Enter.
  await editor.press('Escape');
}
