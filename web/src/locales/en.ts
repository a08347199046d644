// All areas of one language in one file to load; a new area is a new JSON file beside the others.
const areas = import.meta.glob<Record<string, string>>('./en/*.json', { eager: true, import: 'default' });

export default Object.fromEntries(
  Object.entries(areas).map(([path, messages]) => [path.slice('./en/'.length, -'.json'.length), messages]),
);
