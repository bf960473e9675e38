/** What one can do that is about oneself: one's pages, the theme, and leaving. */

import { useNavigate } from "@tanstack/react-router";
import { setTheme, useTheme } from "@/design/theme";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine, MenuLink, type MenuProps } from "@/parts/Menu";
import { t } from "@/texts/texts";
import { leave, print } from "./deeds";
import { OWN } from "./own";

const MODES = [
  ["system", t("As the system")],
  ["light", t("Light")],
  ["dark", t("Dark")],
] as const;
const CONTRASTS = [
  ["system", t("As the system")],
  ["regular", t("Regular")],
  ["aa", t("More (AA)")],
  ["aaa", t("Most (AAA)")],
] as const;

const TIMES = [
  ["said", t("As one says them")],
  ["exact", t("To the second")],
] as const;

/** `operator` is somebody who is in no tenant. */
export default function AccountMenu({ operator, ...menu }: Omit<MenuProps, "children"> & { operator: boolean }) {
  const theme = useTheme();
  const navigate = useNavigate();
  return (
    <Menu {...menu}>
      {OWN.filter(({ path }) => !operator || path === "/profile").map(({ path, title }) => (
        <MenuItem key={path} onSelect={() => void navigate({ to: path })}>
          {title}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuLabel>{t("Theme")}</MenuLabel>
      <MenuChoice value={theme.mode} of={MODES} onChoose={(mode) => setTheme({ mode })} />
      <MenuLabel>{t("Contrast")}</MenuLabel>
      <MenuChoice value={theme.contrast} of={CONTRASTS} onChoose={(contrast) => setTheme({ contrast })} />
      <MenuLabel>{t("Times")}</MenuLabel>
      <MenuChoice value={theme.times} of={TIMES} onChoose={(times) => setTheme({ times })} />
      <MenuLine />
      <MenuLink href="/docs">{t("API documentation")}</MenuLink>
      <MenuItem onSelect={print}>{t("Print or save as PDF")}</MenuItem>
      <MenuItem onSelect={leave}>{t("Sign out")}</MenuItem>
    </Menu>
  );
}
