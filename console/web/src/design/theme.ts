/** Mantine's theme, made from the tokens: its components take their colours from ours. */
import { createTheme, defaultVariantColorsResolver, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eef0ff",
  "#d9ddfa",
  "#b3baf3",
  "#8b95ec",
  "#6976e5",
  "#5463e1",
  "#3848c8",
  "#3040b6",
  "#2837a1",
  "#1c2a87",
];

/** Mantine's greys of dark pages, as those of the tokens. */
const dark: MantineColorsTuple = [
  "#e8eaee",
  "#b4bbc6",
  "#8f98a6",
  "#6b7482",
  "#2b303a",
  "#1e222a",
  "#171a20",
  "#101216",
  "#0b0d10",
  "#08090c",
];

export const theme = createTheme({
  fontFamily: "var(--font-text)",
  fontFamilyMonospace: "var(--font-mono)",
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 3 },
  autoContrast: true,
  colors: { accent, dark },
  defaultRadius: "sm",
  fontSizes: {
    xs: "var(--size-small)",
    sm: "var(--size-body)",
    md: "var(--size-body)",
    lg: "var(--size-lead)",
    xl: "var(--size-title)",
  },
  cursorType: "pointer",
  components: {
    // A header outside of sections is the banner of the page, of which there is one.
    ModalHeader: { defaultProps: { role: "presentation" } },
  },
  // Mantine reckons the contrast from the light shade alone; the accent has an ink of its own.
  variantColorResolver: (input) => {
    const usual = defaultVariantColorsResolver(input);
    if (input.variant !== "filled" || (input.color && input.color !== "accent")) return usual;
    return { ...usual, background: "var(--accent)", hover: "color-mix(in oklab, var(--accent) 88%, var(--ink))", color: "var(--accent-ink)" };
  },
});

export const cssVariables: CSSVariablesResolver = () => {
  const shared = {
    "--mantine-color-body": "var(--ground)",
    "--mantine-color-text": "var(--ink)",
    "--mantine-color-dimmed": "var(--ink-faint)",
    "--mantine-color-default": "var(--surface)",
    "--mantine-color-default-hover": "var(--sunken)",
    "--mantine-color-default-color": "var(--ink)",
    "--mantine-color-default-border": "var(--line)",
    "--mantine-color-anchor": "var(--accent)",
    "--mantine-color-placeholder": "var(--ink-faint)",
    "--mantine-color-error": "var(--bad)",
  };
  return { variables: {}, light: shared, dark: shared };
};
