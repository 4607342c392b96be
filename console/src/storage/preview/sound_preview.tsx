import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatSeconds } from "~/i18n/format";
import { ErrorNotice, Loading } from "~/ui/notices";
import { lastPart } from "../addresses";
import type { StoredObject } from "../listing";
import { t } from "../messages";
import { type Media, useMedia } from "./use_media";
import { type Peaks, peaksBy, peaksOf, readWave } from "./wave";
import { WaveForm } from "./wave_form";

const columns = 600;

interface Sound {
  peaks: Peaks;
  seconds: number;
  facts: string;
}

/** What a sound looks like: of a WAV file by its own samples, of others by what the browser makes of them. */
async function look(media: Media): Promise<Sound> {
  const buffer = media.bytes.buffer;
  const wave = readWave(buffer);
  if (wave) {
    const facts = t("soundFacts", {
      n: wave.channels,
      rate: String(wave.sampleRate),
      channels: wave.channels,
      bits: wave.bits,
      seconds: formatSeconds(wave.seconds),
    });
    return { peaks: peaksOf(buffer, wave, columns), seconds: wave.seconds, facts };
  }
  // It keeps the buffer that it is given.
  const sound = await new OfflineAudioContext(1, 1, 44_100).decodeAudioData(buffer.slice(0));
  const samples = sound.getChannelData(0);
  return {
    peaks: peaksBy(samples.length, columns, (at) => samples[at] ?? 0),
    seconds: sound.duration,
    facts: formatSeconds(sound.duration),
  };
}

export function SoundPreview({ bucket, object }: { bucket: string; object: StoredObject }): JSX.Element {
  const { media, error } = useMedia(bucket, object, "audio/");
  const [sound, setSound] = useState<Sound>();
  const [broken, setBroken] = useState(false);
  const [at, setAt] = useState(0);
  const player = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    let gone = false;
    if (media)
      look(media).then(
        (seen) => {
          if (!gone) setSound(seen);
        },
        () => {}, // it may still be played
      );
    return () => {
      gone = true;
    };
  }, [media]);
  if (error) return <ErrorNotice error={error} />;
  if (!media) return <Loading />;
  if (broken || !media.address) return <p class="notice warn">{t("soundBroken")}</p>;
  const name = lastPart(object.name);
  return (
    <figure class="preview-sound">
      <div class="wave-place">
        {sound ? (
          <WaveForm
            peaks={sound.peaks}
            label={t("waveOf", { name, seconds: formatSeconds(sound.seconds) })}
            at={sound.seconds > 0 ? at / sound.seconds : 0}
            onSeek={(share) => {
              if (player.current) player.current.currentTime = share * sound.seconds;
            }}
          />
        ) : null}
      </div>
      {/* biome-ignore lint/a11y/useMediaCaption: what is said in a training clip is not known */}
      <audio
        ref={player}
        controls
        preload="auto"
        src={media.address}
        aria-label={t("soundOf", { name })}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onError={() => setBroken(true)}
      />
      <figcaption class="quiet">{sound?.facts ?? "\u00a0"}</figcaption>
    </figure>
  );
}
