import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Where Chromium or Chrome is on this machine. */
export function findBrowser(): string | undefined {
  return PLACES.find((path) => path !== undefined && existsSync(path));
}

/**
 * Starts the browser of this machine.
 *
 * @throws when there is none
 */
export function launchFoundBrowser(): Promise<Browser> {
  const executable = findBrowser();
  if (executable) return launchBrowser(executable);
  throw new Error('no Chromium here (Debian: apt-get install chromium, or set CHROMIUM_PATH)');
}

/**
 * Starts a browser that talks to nobody but the page under test.
 *
 * @param more arguments of its command line
 */
export function launchBrowser(executablePath: string, more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}
