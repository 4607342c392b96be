import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { ErrorNotice, Loading } from "~/ui/notices";
import { useProject, useQuery } from "~/ui/use_query";
import type { Place } from "./addresses";
import { DeleteDialog } from "./delete_dialog";
import { EmptyFolder } from "./empty_folder";
import { FolderHead } from "./folder_head";
import { FolderTable } from "./folder_table";
import { FolderTools } from "./folder_tools";
import { type Entry, type Order, sorted } from "./listing";
import { ObjectPanel } from "./object_panel";
import { DropZone } from "./upload/drop_zone";
import { upload } from "./upload/queue";
import { mostSorted, useFolder } from "./use_folder";

const orders: readonly string[] = ["name", "size", "type", "updated"];

/** A folder of a bucket; the object that the address names stands beside it, or on a narrow screen in its place. */
export function FolderView({ place }: { place: Place }): JSX.Element {
  const { bucket, folder, object } = place;
  const project = useProject();
  const [query, change] = useQuery();
  const begin = query.get("begin") ?? "";
  const asked = query.get("sort") ?? "";
  const order = (orders.includes(asked) ? asked : "name") as Order;
  const down = query.get("down") === "1";
  const list = useFolder(bucket, folder, begin);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [doomed, setDoomed] = useState<Entry[]>();
  const rows = useMemo(() => sorted(list.entries, order, down), [list.entries, order, down]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another folder has another choice
  useEffect(() => setChosen(new Set()), [folder, begin]);
  const { more, loadAll, loadMore } = list;
  const needsAll = more && (order !== "name" || down) && list.entries.length < mostSorted;
  useEffect(() => {
    if (needsAll) loadAll();
  }, [needsAll, loadAll]);

  const picked = useMemo(() => rows.filter((row) => chosen.has(row.name)), [rows, chosen]);
  return (
    <DropZone
      bucket={bucket}
      folder={folder}
      onFiles={(files) =>
        upload(
          bucket,
          files.map(({ path, file }) => ({ name: folder + path, file })),
        )
      }
    >
      <FolderHead place={place} project={project} onChange={list.refresh} />
      <div class={object ? "storage-split with-object" : "storage-split"}>
        <section class="storage-list" aria-label={bucket}>
          <FolderTools
            begin={begin}
            onBegin={(next) => change({ begin: next })}
            list={list}
            sorting={needsAll}
            sortedPart={more && !needsAll && (order !== "name" || down)}
            picked={picked}
            bucket={bucket}
            onDelete={() => setDoomed(picked)}
            onClear={() => setChosen(new Set())}
          />
          <ErrorNotice error={list.error} onRetry={list.refresh} />
          {!list.loaded && !list.error ? <Loading /> : null}
          {list.loaded && rows.length === 0 ? (
            <EmptyFolder bucket={bucket} folder={folder} begin={begin} />
          ) : null}
          {rows.length > 0 ? (
            <FolderTable
              key={folder}
              rows={rows}
              more={more}
              onNear={needsAll ? undefined : loadMore}
              place={place}
              project={project}
              order={order}
              down={down}
              onOrder={(next) =>
                change({
                  sort: next === "name" ? undefined : next,
                  down: next === order && !down ? "1" : undefined,
                })
              }
              chosen={chosen}
              onChoose={setChosen}
              onDelete={(entry) => setDoomed(picked.length > 0 ? picked : [entry])}
            />
          ) : null}
        </section>
        {object ? (
          <ObjectPanel
            key={object}
            bucket={bucket}
            name={object}
            onClose={() => change({ object: undefined }, { push: true })}
            onDelete={(entry) => setDoomed([entry])}
          />
        ) : null}
      </div>
      {doomed ? (
        <DeleteDialog
          bucket={bucket}
          entries={doomed}
          onDone={() => {
            setChosen(new Set());
            if (doomed.some((one) => one.name === object)) change({ object: undefined });
            list.refresh();
          }}
          onClose={() => setDoomed(undefined)}
        />
      ) : null}
    </DropZone>
  );
}
