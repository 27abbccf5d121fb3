/**
 * Opens a dialog where the person is looking. In a frame that its LMS has made as high as the page, the middle of the
 * page is far away from the button that was pressed, and "as high as the window" is no limit.
 */
export function openDialog(dialog: HTMLDialogElement | null | undefined): void {
  if (!dialog) return;
  const at = focused()?.getBoundingClientRect().top ?? 0;
  dialog.showModal();
  if (window.parent === window) return;
  dialog.style.marginTop = `${Math.max(16, Math.min(at - 80, innerHeight - 720))}px`;
  dialog.style.maxHeight = 'min(44rem, calc(100dvh - 2rem))';
}

/** Through all shadows. */
function focused(): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}
