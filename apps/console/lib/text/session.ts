/** Signing in and the first administrator. */
export const sessionText = {
  signInTitle: 'Sign in',
  signInAction: 'Sign in',
  email: 'E-mail',
  password: 'Password',
  name: 'Name',
  passwordHint: 'At least 12 characters. A short sentence is easy to remember and hard to guess.',
  emailWrong: 'Enter an e-mail address, such as ada@example.org.',
  passwordShort: (missing: number) =>
    `${missing} more ${missing === 1 ? 'character' : 'characters'}, please.`,
  nameMissing: 'Enter a name, 1 to 120 characters.',
  setupTitle: 'Make the first administrator',
  setupBody: 'This link works once. The account can do everything, and makes all other accounts.',
  setupAction: 'Create account and sign in',
  linkBadTitle: 'This link does not work any more',
  linkBadBody:
    'It was used already, or a newer one was printed. If nobody has an account yet, restart the console: it prints a new link.',
  toSignIn: 'Go to sign in',
  productLine: 'Management console for servers running Xen',
} as const
