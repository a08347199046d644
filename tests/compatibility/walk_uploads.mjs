// Uploads that must come to nothing, and names that must do no harm.
import { HttpError } from './model.mjs';

const status = (promise) => promise.then(() => 200, (failure) => (failure instanceof HttpError ? failure.status : Promise.reject(failure)));

async function cameToNothing(walk, words, id) {
  const state = await walk.take('statusUpload', { id });
  walk.expect(state.status !== 1 && state.file_id == null, `${words} became a file: ${JSON.stringify(state)}`);
}

async function announce(walk, name, size) {
  return walk.take('initUpload', {}, { project_id: walk.world.project, name, size });
}

// The form is refused, and completing the upload makes no file of it.
async function refusedForm(walk, words, init, bytes) {
  const told = await status(walk.api.upload(init, 'a.png', bytes));
  walk.expect(told >= 400 && told < 500, `${words}: the form answers ${told}`);
  await status(walk.api.completeUpload({ id: init.id }));
  await cameToNothing(walk, words, init.id);
}

export async function badUploads(walk) {
  const { picture, project, badUrls } = walk.world;
  await refusedForm(walk, 'a file larger than announced', await announce(walk, 'a.png', picture.length - 1), picture);
  const forged = await announce(walk, 'a.png', picture.length);
  const fields = forged.fields?.map(({ key, value }) => ({ key, value: key === 'token' ? `${value}x` : value })) ?? [];
  await refusedForm(walk, 'a form with another token', { ...forged, fields }, picture);
  await refusedForm(walk, 'a form without its fields', { ...forged, fields: [] }, picture);
  for (const [words, url] of badUrls) {
    const init = await walk.api.initUpload({}, { project_id: project, url }).catch((failure) => failure);
    if (init instanceof HttpError) {
      walk.expect(init.status === 422, `${words}: ${init.status}`);
      continue;
    }
    for (let tries = 0, state = init; tries < walk.world.patience && ![1, 2].includes(state.status); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      state = await walk.take('statusUpload', { id: init.id });
    }
    await cameToNothing(walk, words, init.id);
  }
}

// A name is a label: whatever it says, the file is stored where the server wants it.
export async function hostileNames(walk) {
  for (const name of ['../../etc/passwd', '<script>alert(1)</script>.png', '%2e%2e%2fa.png', `${'n'.repeat(200)}.png`]) {
    const file = await walk.uploadFile(name, false);
    walk.expect(Number.isInteger(file), `a file called ${name} is not taken`);
  }
}
