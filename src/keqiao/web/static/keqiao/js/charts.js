/* Draws <figure data-chart="ID"> from the ECharts option in <script type="application/json" id="ID"> (Django's json_script).
   Colours come from the page's tokens and follow the theme. SVG, so that charts print sharply. The tooltip is drawn in
   the picture, not as HTML, because its inline styles would break the content security policy. */
(() => {
  "use strict";
  const charts = new Map();
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const look = () => {
    const axis = { axisLine: { lineStyle: { color: token("--line-strong") } }, axisTick: { show: false }, axisLabel: { color: token("--soft") }, splitLine: { lineStyle: { color: token("--line") } } };
    return {
      color: [token("--brand"), token("--amber"), token("--green"), token("--line-strong"), token("--red")],
      textStyle: { color: token("--ink"), fontFamily: token("--sans"), fontSize: 13 },
      categoryAxis: { ...axis, splitLine: { show: false } }, valueAxis: { ...axis, axisLine: { show: false } }, timeAxis: axis,
      legend: { textStyle: { color: token("--soft") } },
      tooltip: { renderMode: "richText", backgroundColor: token("--card"), borderColor: token("--line"), textStyle: { color: token("--ink"), fontSize: 13 } },
      aria: { enabled: true, decal: { show: false } },
    };
  };
  const draw = (figure) => {
    const data = document.getElementById(figure.dataset.chart);
    const place = figure.querySelector(".chart") || figure;
    if (!data || !globalThis.echarts) return;
    charts.get(figure)?.dispose();
    const chart = echarts.init(place, look(), { renderer: "svg" });
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const option = JSON.parse(data.textContent);
    if (option.tooltip) option.tooltip = { ...option.tooltip, renderMode: "richText" };
    chart.setOption({ animation: !still, grid: { left: 8, right: 16, top: 32, bottom: 8, containLabel: true }, ...option });
    charts.set(figure, chart);
  };
  const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:load", (event) => event.detail.elt.querySelectorAll?.("[data-chart]").forEach(draw));
  document.addEventListener("keqiao:look", () => charts.size && all());
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
})();
