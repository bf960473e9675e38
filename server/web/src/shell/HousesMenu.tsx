/** The way to other tenants, and to the platform for its operators. */

import { Menu, MenuChoice, MenuLabel, type MenuProps } from "@/parts/Menu";
import { t } from "@/texts/texts";

type Props = Omit<MenuProps, "children"> & {
  here: string;
  of: readonly (readonly [string, string])[];
  onGo: (place: string) => void;
};

export default function HousesMenu({ here, of, onGo, ...menu }: Props) {
  return (
    <Menu {...menu}>
      <MenuLabel>{t("Go to")}</MenuLabel>
      <MenuChoice value={here} of={of} onChoose={(place) => place !== here && onGo(place)} />
    </Menu>
  );
}
