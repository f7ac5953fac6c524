// The page's icons, drawn here so that none is fetched.
import type { ReactNode } from "react";

const SHAPES = {
  hash: <path d="M7.5 3 6 17M14 3l-1.5 14M3.5 7.500h14M2.5 12.500h14" />,
  lock: <path d="M5 9h10v7.500H5zM7 9V6.500a3 3 0 0 1 6 0V9" />,
  close: <path d="m5 5 10 10M15 5 5 15" />,
  menu: <path d="M3 5.500h14M3 10h14M3 14.500h14" />,
  chevron: <path d="m5 7.5 5 5 5-5" />,
  file: <path d="M5 2.500h6.500L15.5 6.500v11H5zM11.5 2.500v4h4" />,
  download: <path d="M10 3v9.500m-4-3.5 4 4 4-4M4 16.500h12" />,
  eye: (
    <>
      <path d="M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5Z" />
      <circle cx="10" cy="10" r="2.2" />
    </>
  ),
  reply: (
    <path d="M10 3.500c4 0 7 2.5 7 6s-3 6-7 6c-1 0-2-.2-2.8-.5L3.5 16.500l1-3.200C3.5 12.3 3 11 3 9.500c0-3.5 3-6 7-6Z" />
  ),
  send: <path d="M3 3.5 17.5 10 3 16.5 4.5 11 11 10 4.5 9Z" fill="currentColor" />,
  people: (
    <>
      <circle cx="7.5" cy="7" r="3" />
      <path d="M2 16.500c.4-3 2.6-4.8 5.5-4.800s5.1 1.8 5.5 4.800M12.5 4.300a3 3 0 0 1 0 5.400M14.5 12.200c1.9.7 3.2 2.2 3.5 4.3" />
    </>
  ),
  more: (
    <>
      <circle cx="10" cy="4.5" r="1" />
      <circle cx="10" cy="10" r="1" />
      <circle cx="10" cy="15.5" r="1" />
    </>
  ),
  info: <path d="M10 2.500a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM10 9v5M10 6v.5" />,
  warning: <path d="M10 3 18 16.500H2ZM10 8v4M10 14v.5" />,
  error: <path d="M10 2.500a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM10 6v5M10 13.500v.5" />,
  success: <path d="M10 2.500a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM6.5 10.200l2.4 2.4 4.6-5" />,
  check: <path d="m4 10.5 4 4 8-9" />,
  link: <path d="M8.5 11.5 16 4m-5 0h5v5M14 11.500V16H4V6h4.5" />,
  up: <path d="M7 17V9l3-6c1.5 0 2 1 2 2v3h4l-1 8H7ZM7 9H4v8h3" />,
  down: <path d="M7 3v8l3 6c1.5 0 2-1 2-2v-3h4l-1-8H7ZM7 11H4V3h3" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

/** Decoration: the element around it carries the name. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      className={`icon icon-${name}`}
      viewBox="0 0 20 20"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {SHAPES[name]}
    </svg>
  );
}
