/** What nothing is asked of does nothing. */
import { district, putLineItem, putScores, sisDistrict, sync } from '../support/district.ts';
import { startService, until } from '../support/service.ts';

test('a lane without anything to send is not claimed again and again', async () => {
  const service = await startService({ sis: { district: sisDistrict(3) } });
  try {
    const { lms } = await district(service, 3);
    await putLineItem(lms, 'quiz');
    await putScores(lms, 'quiz', 3);
    expect(await sync(lms)).toMatchObject({ status: 'complete' });
    const lane = async () =>
      (
        await service.service.db.rows<{ epoch: string; owner: string | null; wake_at: Date | null }>(
          'SELECT epoch, owner, wake_at FROM lane',
        )
      )[0];
    // given back, and to be woken by nothing but new work and the reading of what was written (two minutes later)
    await until(async () => {
      const row = await lane();
      return row?.owner === null && (row.wake_at?.getTime() ?? 0) > Date.now() + 60_000;
    });
    const { epoch } = (await lane())!;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await lane())?.epoch).toBe(epoch);
  } finally {
    await service.stop();
  }
});
