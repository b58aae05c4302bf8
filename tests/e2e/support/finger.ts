// A finger on the screen of a phone: it goes down, stays, and comes up.
import type { CDPSession, Locator } from 'playwright-core';
import type { Person } from './page';

export class Finger {
  private constructor(private readonly session: CDPSession) {}

  static async of(person: Person): Promise<Finger> {
    return new Finger(await person.context.newCDPSession(person.page));
  }

  async press(target: Locator): Promise<void> {
    const box = await target.boundingBox();
    if (!box) throw new Error('nothing to put a finger on');
    const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
    await this.session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
  }

  async lift(): Promise<void> {
    await this.session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }
}
