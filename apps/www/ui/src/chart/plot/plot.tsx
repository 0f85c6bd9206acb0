import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import classes from '../chart.module.css';
import type { PlotEvents, PlotModel } from './plot-model.js';
import { plotOptions } from './plot-options.js';
import type { Zone } from '../zone.js';

interface PlotProps {
  readonly model: PlotModel;
  readonly events: PlotEvents;
  readonly height: number;
  readonly zone: Zone;
  readonly syncKey: string | undefined;
}

/**
 * uPlot in React: made once for a set of series, then given new data, sizes and ranges. What is
 * drawn otherwise (colours, bands, thresholds) it asks of the newest model when it draws. All in
 * effects after layout, as Mantine's colours are only there once its provider's own have run.
 */
export function Plot({ model, events, height, zone, syncKey }: PlotProps): React.ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const newest = useRef({ model, events, height });
  const zoomable = events.range !== undefined;
  // What uPlot cannot change later; a label may hold any character but this one.
  const made = model.labels.join('\u0000');

  useEffect(() => {
    newest.current = { model, events, height };
  });

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const size = { width: element.clientWidth, height: newest.current.height };
    const options = plotOptions(element, { size, zone, syncKey, model: () => newest.current.model, events: () => newest.current.events });
    const created = new uPlot(options, newest.current.model.data, element);
    plot.current = created;
    const observer = new ResizeObserver(() => {
      const width = element.clientWidth;
      // Hidden (a closed tab, a print preview) is no size to draw at.
      if (width > 0 && width !== created.width) created.setSize({ width, height: newest.current.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      newest.current.events.hover(null);
      created.destroy();
      plot.current = undefined;
    };
  }, [made, zone, syncKey, zoomable]);

  useEffect(() => {
    plot.current?.setSize({ width: plot.current.width, height });
  }, [height]);

  const { data, range, thresholds, bands, unit, scheme, colors, hidden, labels } = model;
  useEffect(() => {
    const current = plot.current;
    current?.batch(() => {
      labels.forEach((label, i) => {
        const show = !hidden.has(label);
        if (current.series[i + 1]?.show !== show) current.setSeries(i + 1, { show });
      });
      // Asks for the ranges of both scales again, which hang on range and thresholds.
      current.setData(data);
    });
  }, [data, range.start, range.end, thresholds, bands, unit, scheme, colors, hidden, labels]);

  return <div ref={host} className={classes['plot']} style={{ minHeight: height }} />;
}
