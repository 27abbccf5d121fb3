/** Opened in a frame: whoever shows it is told how high the page is (as Canvas takes it: lti.frameResize). */
export function fitFrame(): void {
  if (window.parent === window || !/[?&](lti|embed)=/.test(location.search)) return;
  let told = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(document.body.scrollHeight);
    if (height === told) return;
    told = height;
    // whoever frames us may know how high we are
    window.parent.postMessage(JSON.stringify({ subject: 'lti.frameResize', height }), '*');
  }).observe(document.body);
}
