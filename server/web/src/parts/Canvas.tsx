/** ECharts on an element: loaded when the first chart is shown. */

import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, TooltipComponent } from "echarts/components";
import type { EChartsCoreOption } from "echarts/core";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { onPaper } from "./paper";
echarts.use([BarChart, LineChart, ScatterChart, GridComponent, TooltipComponent, MarkAreaComponent, SVGRenderer]);

/** How wide a sheet of A4 is between its margins, in pixels of CSS. */
const SHEET = 688;
/** How high a chart is whose place is as high as what is drawn, as it is once a page is laid out for paper. */
const HEIGHT = 224;

export interface Props {
  /** What is drawn, also where there is little room. It is drawn anew when this is another function. */
  options: (narrow: boolean) => EChartsCoreOption;
  /** Which of its points along the horizontal axis is pointed at. */
  at: number | null;
  onPoint: (at: number | null) => void;
  onOpen?: (at: number) => void;
}

const isNarrow = (width: number) => width < 420;

/** How wide that will be on a sheet where those beside it stand in as many columns whatever the window is; `null` elsewhere. */
function onSheet(drawnOn: HTMLElement): number | null {
  const columns = Number(drawnOn.closest<HTMLElement>("[data-columns]")?.dataset.columns ?? 0);
  const around = (drawnOn.closest("figure")?.clientWidth ?? 0) - drawnOn.clientWidth;
  return columns > 0 ? SHEET / columns - around : null;
}

export default function Canvas({ options, at, onPoint, onOpen }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  // Handlers are looked up when they are called: the chart is not made anew when the page is drawn again.
  const handlers = useRef({ onPoint, onOpen });
  useEffect(() => {
    handlers.current = { onPoint, onOpen };
  });

  useEffect(() => {
    const drawnOn = element.current;
    if (!drawnOn) return;
    const made = echarts.init(drawnOn, null, { renderer: "svg" });
    chart.current = made;
    const index = (event: { offsetX: number; offsetY: number }) => {
      const place = made.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]);
      return made.containPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]) ? (place[0] ?? null) : null;
    };
    made.getZr().on("mousemove", (event) => handlers.current.onPoint(index(event)));
    made.getZr().on("globalout", () => handlers.current.onPoint(null));
    made.getZr().on("click", (event) => {
      const found = index(event);
      if (found !== null) handlers.current.onOpen?.(found);
    });
    // It is told of the size that it was made in, too, which needs no new drawing.
    const resized = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = drawnOn;
      if (width !== made.getWidth() || height !== made.getHeight()) made.resize();
    });
    resized.observe(drawnOn);
    return () => {
      resized.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(options(isNarrow(element.current?.clientWidth ?? 600)), { notMerge: true });
  }, [options]);

  // Nothing is drawn while a page is laid out for paper: before, it is drawn as wide as it will be about there, and fitted then.
  useEffect(
    () =>
      onPaper((laying) => {
        const [made, drawnOn] = [chart.current, element.current];
        if (!made || !drawnOn) return;
        const room = drawnOn.closest("main")?.clientWidth ?? drawnOn.clientWidth;
        const [seen, height] = [drawnOn.clientWidth, drawnOn.clientHeight || HEIGHT];
        const part = SHEET / Math.max(SHEET, room);
        const width = onSheet(drawnOn) ?? seen * part;
        if (laying && isNarrow(width) !== isNarrow(seen)) made.setOption(options(isNarrow(width)), { notMerge: true });
        made.resize(laying ? { width, height: height * Math.max(0.75, part) } : { width: "auto", height: "auto" });
        if (!laying && isNarrow(width) !== isNarrow(seen)) made.setOption(options(isNarrow(seen)), { notMerge: true });
        made.getZr().flush();
        drawnOn.querySelector("svg")?.setAttribute("viewBox", `0 0 ${made.getWidth()} ${made.getHeight()}`);
      }),
    [options],
  );

  useEffect(() => {
    if (at === null) chart.current?.dispatchAction({ type: "hideTip" });
    else chart.current?.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: at });
  }, [at]);

  return <div ref={element} className={`canvas h-full w-full ${onOpen ? "cursor-pointer" : ""}`} />;
}
