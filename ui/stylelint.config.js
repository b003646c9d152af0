const physical = ['left', 'right', 'top', 'bottom', 'width', 'height', 'min-width', 'max-width', 'min-height', 'max-height'];
const sides = ['top', 'right', 'bottom', 'left'];

/** Logical CSS only: the same sheet serves pages that read from the left and from the right. */
export default {
  overrides: [
    { files: ['**/*.svelte'], customSyntax: 'postcss-html' },
    { files: ['src/styles/tokens.css'], rules: { 'color-no-hex': null } },
  ],
  rules: {
    'property-disallowed-list': [
      [
        ...physical,
        ...sides.flatMap((side) => [`margin-${side}`, `padding-${side}`, `border-${side}`, `scroll-margin-${side}`, `scroll-padding-${side}`]),
        '/^border-(top|right|bottom|left)-/',
        'overflow-x',
        'overflow-y',
        'float',
        'letter-spacing',
      ],
      { message: (property) => `${property}: write the logical property (inline, block); letters of Arabic are never spaced` },
    ],
    'declaration-property-value-disallowed-list': {
      'text-align': ['left', 'right'],
      clear: ['left', 'right'],
      'caption-side': ['left', 'right'],
      'font-style': ['italic', 'oblique'],
      // Four values in one line are physical sides.
      '/^(margin|padding|inset|border-(width|style|color))$/': ['/^\\S+ \\S+ \\S+ \\S+$/'],
    },
    'color-named': 'never',
    'color-no-hex': [true, { message: 'colours live in styles/tokens.css' }],
    'color-no-invalid-hex': true,
    'declaration-block-no-duplicate-properties': true,
    'no-duplicate-selectors': true,
    'property-no-unknown': true,
    'unit-no-unknown': true,
    'block-no-empty': true,
    'selector-pseudo-class-no-unknown': [true, { ignorePseudoClasses: ['global'] }],
    'declaration-no-important': true,
  },
};
