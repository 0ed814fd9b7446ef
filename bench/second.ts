export const second = () => new Promise((resolve) => setTimeout(resolve, 1_000));
