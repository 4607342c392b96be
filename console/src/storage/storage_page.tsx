import type { JSX } from "preact";
import { useLocation } from "wouter-preact";
import { useQuery } from "~/ui/use_query";
import { placeOf } from "./addresses";
import { BucketsView } from "./buckets_view";
import { FolderView } from "./folder_view";
import "./storage.css";
import { UploadDock } from "./upload/upload_dock";

/** The storage browser: all buckets, or a folder of one with an object beside it. */
export function StoragePage(): JSX.Element {
  const [path] = useLocation();
  const [query] = useQuery();
  const place = placeOf(path, query);
  return (
    <div class="storage">
      {place.bucket ? <FolderView key={place.bucket} place={place} /> : <BucketsView />}
      <UploadDock />
    </div>
  );
}
