// The token of a letter's link stands behind "#", which browsers send to nobody.
export const tokenInAddress = (): string => new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
