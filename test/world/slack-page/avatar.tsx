// Pictures of people and of the app, drawn from their names.
import { useDirectory } from "./workspace.tsx";

const COLORS = ["#9b3d8f", "#1d7c78", "#b5452c", "#3a63b8", "#6b7a12", "#7a4fbf", "#b0761a", "#2f7d45"];

/** A person's initials on a colour of their own, or the app's mark. Decoration: the name stands beside it. */
export function Avatar({ user, size = 36 }: { user: string; size?: number }) {
  const { bot, people } = useDirectory();
  if (user === bot.id) return <AppMark size={size} />;
  const person = people.find(({ id }) => id === user);
  const index = people.findIndex(({ id }) => id === user);
  const letters = initialsOf(person?.realName || person?.name || "?");
  return (
    <svg className="avatar" viewBox="0 0 36 36" width={size} height={size} aria-hidden="true">
      <rect width="36" height="36" rx="8" fill={COLORS[(index + COLORS.length) % COLORS.length]} />
      <text
        x="18"
        y="18"
        textAnchor="middle"
        dominantBaseline="central"
        fill="#fff"
        fontSize="15"
        fontWeight="700"
      >
        {letters}
      </text>
    </svg>
  );
}

/** One request that becomes a change in many repositories. */
export function AppMark({ size = 36 }: { size?: number }) {
  return (
    <svg className="avatar" viewBox="0 0 36 36" width={size} height={size} aria-hidden="true">
      <rect width="36" height="36" rx="8" fill="#1f1147" />
      <g fill="none" stroke="#8f7bff" strokeWidth="2.4" strokeLinecap="round">
        <path d="M11 18h13M11 18c6 0 6-8 13-8M11 18c6 0 6 8 13 8" />
      </g>
      <g fill="#fff">
        <circle cx="10" cy="18" r="3.4" />
        <circle cx="25.5" cy="10" r="2.6" />
        <circle cx="25.5" cy="18" r="2.6" />
        <circle cx="25.5" cy="26" r="2.6" />
      </g>
    </svg>
  );
}

function initialsOf(name: string): string {
  const [first = "", ...more] = name.trim().split(/[\s._-]+/);
  const last = more.at(-1) ?? "";
  return (first.charAt(0) + last.charAt(0)).toUpperCase();
}
