// What must never happen on any page of any journey: an error that nobody caught,
// something the content security policy refused, a request to somebody else.
import type { BrowserContext, Page } from '@playwright/test';

/**
 * What Chromium logs when the network or the server says no: journeys provoke it. And what it
 * thinks of plain HTTP.
 */
const EXPECTED =
  /^Failed to load resource|^WebSocket connection to|^The Cross-Origin-Opener-Policy header has been ignored/;

/** Marks what the page's own listener reports of the policy. */
const POLICY = 'content security policy:';

export class Guard {
  /** One line for each thing that must not happen. */
  readonly found: string[] = [];

  constructor(private readonly origin: string) {}

  /** Watches every page of a context, those opened later too. */
  async watch(context: BrowserContext): Promise<void> {
    await context.addInitScript((mark) => {
      addEventListener('securitypolicyviolation', (event) => {
        console.error(`${mark} ${event.effectiveDirective} refused ${event.blockedURI}`);
      });
    }, POLICY);
    context.on('page', (page) => this.watchPage(page));
    context.on('request', (request) => this.check(request.url()));
  }

  private watchPage(page: Page): void {
    page.on('pageerror', (error) => this.found.push(`page error: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (message.type() !== 'error' || EXPECTED.test(message.text())) return;
      this.found.push(`console: ${message.text()}`);
    });
    page.on('websocket', (socket) => this.check(socket.url().replace(/^ws/, 'http')));
  }

  private check(url: string): void {
    const { protocol, origin } = new URL(url);
    if (protocol === 'data:' || protocol === 'blob:' || protocol === 'about:') return;
    if (origin !== this.origin) this.found.push(`request to a foreign origin: ${url}`);
  }
}
