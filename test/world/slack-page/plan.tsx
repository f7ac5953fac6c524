// A plan and its task cards: the state of each task at its left, details and output beneath.
import type { PlanBlock, TaskCardBlock } from "@slack/types";
import { Icon } from "./icon.tsx";
import { Link, RichText } from "./rich-text.tsx";

const STATUS: Record<TaskCardBlock["status"], string> = {
  pending: "Pending",
  in_progress: "In progress",
  complete: "Complete",
  error: "Error",
};

export function Plan({ block }: { block: PlanBlock }) {
  const tasks = (block.tasks ?? []) as TaskCardBlock[];
  return (
    <section className="plan" aria-label={block.title}>
      <h3>
        <StatusIcon status={statusOf(tasks)} />
        {block.title}
      </h3>
      <ul>
        {tasks.map((task) => (
          <li key={task.task_id}>
            <Task task={task} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A task card that stands alone. */
export function TaskCard({ task }: { task: TaskCardBlock }) {
  return (
    <section className="plan single" aria-label={task.title}>
      <Task task={task} />
    </section>
  );
}

function Task({ task }: { task: TaskCardBlock }) {
  const { title, status, details, output, sources = [] } = task;
  return (
    <div className={`task ${status}`} data-task-id={task.task_id}>
      <StatusIcon status={status} />
      <div className="task-body">
        <div className="task-title">
          {title} <span className="visually-hidden">{STATUS[status]}</span>
        </div>
        {details && (
          <div className="task-details">
            <RichText block={details} />
          </div>
        )}
        {output && (
          <div className="task-output">
            <RichText block={output} />
          </div>
        )}
        {sources.length > 0 && (
          <div className="task-sources">
            {sources.map(({ url, text }) => (
              <Link key={url} address={url}>
                {text}
              </Link>
            ))}
          </div>
        )}
      </div>
    </div>
  );
}

function StatusIcon({ status }: { status: TaskCardBlock["status"] }) {
  return (
    <span className={`status ${status}`} aria-hidden="true">
      {status === "complete" && <Icon name="check" size={12} />}
      {status === "error" && <Icon name="close" size={11} />}
    </span>
  );
}

function statusOf(tasks: TaskCardBlock[]): TaskCardBlock["status"] {
  const all = tasks.map(({ status }) => status);
  if (all.includes("in_progress")) return "in_progress";
  if (all.includes("pending")) return all.every((status) => status === "pending") ? "pending" : "in_progress";
  return all.includes("error") ? "error" : "complete";
}
