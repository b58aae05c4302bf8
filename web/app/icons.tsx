// Line icons, drawn here so that no font or picture is loaded. They never carry meaning alone.
import type { ComponentChildren } from "preact";

function Icon({ children, name }: { children: ComponentChildren; name: string }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const MicrophoneIcon = () => (
  <Icon name="microphone">
    <rect x="9" y="2.75" width="6" height="11.5" rx="3" />
    <path d="M5.5 11.25a6.5 6.5 0 0 0 13 0M12 17.75v3.5M8.75 21.25h6.5" />
  </Icon>
);

export const MutedIcon = () => (
  <Icon name="muted">
    <path d="M15 9.5V5.75a3 3 0 0 0-5.7-1.3M9 9v2.25a3 3 0 0 0 4.6 2.54M5.5 11.25a6.5 6.5 0 0 0 10 5.46M18.5 11.25c0 .9-.18 1.75-.5 2.53M12 17.75v3.5M8.75 21.25h6.5M3.5 3.5l17 17" />
  </Icon>
);

export const LeaveIcon = () => (
  <Icon name="leave">
    <path d="M14 4.75H6.75a1.5 1.5 0 0 0-1.5 1.5v11.5a1.5 1.5 0 0 0 1.5 1.5H14M10.5 12h10M17 8.25 20.75 12 17 15.75" />
  </Icon>
);

export const SettingsIcon = () => (
  <Icon name="settings">
    <path d="M4 7.5h9M18 7.5h2M4 16.5h2M11 16.5h9" />
    <circle cx="15.5" cy="7.5" r="2.5" />
    <circle cx="8.5" cy="16.5" r="2.5" />
  </Icon>
);

export const ShieldIcon = () => (
  <Icon name="shield">
    <path d="M12 2.75 4.75 5.5v5.75c0 4.6 3 8.3 7.25 10 4.25-1.7 7.25-5.4 7.25-10V5.5L12 2.75Z" />
    <path d="m8.75 11.75 2.4 2.4 4.35-4.4" />
  </Icon>
);

export const TalkingIcon = () => (
  <Icon name="talking">
    <path d="M5 9.5v5M9.5 6v12M14 8.5v7M18.5 10.5v3" />
  </Icon>
);

export const BrandMark = () => (
  <svg class="icon mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d="M4.5 9.5v5M9.5 6v12M14.5 8.5v7M19.5 10.5v3" />
  </svg>
);

export const HereIcon = () => (
  <Icon name="here">
    <circle cx="12" cy="12" r="3" />
  </Icon>
);

export const AwayIcon = () => (
  <Icon name="away">
    <path d="M20 12a8 8 0 1 1-2.35-5.65M20 3.75V7.5h-3.75" />
  </Icon>
);

export const AlertIcon = () => (
  <Icon name="alert">
    <path d="M12 3.5 2.75 19.75h18.5L12 3.5ZM12 10v4.5M12 17.1v.1" />
  </Icon>
);

export const HandIcon = () => (
  <Icon name="hand">
    <path d="M8 12.5V6a1.5 1.5 0 0 1 3 0v5M11 10.5V4.25a1.5 1.5 0 0 1 3 0V11M14 11V5.75a1.5 1.5 0 0 1 3 0V14c0 4-2.2 7.25-5.75 7.25-2.6 0-4-1.2-5.25-3.5L4.1 14a1.45 1.45 0 0 1 2.4-1.6L8 14.25" />
  </Icon>
);

export const OnAirIcon = () => (
  <Icon name="on-air">
    <rect x="9" y="5" width="6" height="9.25" rx="3" fill="currentcolor" />
    <path d="M12 17.5v3.25M5.75 16.5a8.5 8.5 0 0 1 0-11.5M18.25 16.5a8.5 8.5 0 0 0 0-11.5M8.75 20.75h6.5" />
  </Icon>
);

export const AskingIcon = () => (
  <Icon name="asking">
    <circle cx="5.5" cy="12" r="1.6" fill="currentcolor" />
    <circle cx="12" cy="12" r="1.6" fill="currentcolor" />
    <circle cx="18.5" cy="12" r="1.6" fill="currentcolor" />
  </Icon>
);

export const SomebodyIcon = () => (
  <Icon name="somebody">
    <circle cx="9" cy="8" r="3.25" />
    <path d="M3.25 19.5c.5-3.5 2.75-5.25 5.75-5.25s5.25 1.75 5.75 5.25M17 8.5a5 5 0 0 1 0 6M19.75 6a9 9 0 0 1 0 11" />
  </Icon>
);

export const QueueIcon = () => (
  <Icon name="queue">
    <path d="M7 3.5h10M7 20.5h10M8 3.5c0 4.5 8 5.5 8 8.5s-8 4-8 8.5M16 3.5c0 4.5-8 5.5-8 8.5s8 4 8 8.5" />
  </Icon>
);

export const OfferIcon = () => (
  <Icon name="offer">
    <path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.75h-15L6 16.5ZM10 21.25h4M12 2.5v2" />
  </Icon>
);

export const DeniedIcon = () => (
  <Icon name="denied">
    <path d="M8.25 3.25h7.5l5 5v7.5l-5 5h-7.5l-5-5v-7.5l5-5ZM7.75 12h8.5" />
  </Icon>
);

export const RevokedIcon = () => (
  <Icon name="revoked">
    <circle cx="12" cy="12" r="8.75" />
    <path d="m6 18 12-12" />
  </Icon>
);

export const ListeningIcon = () => (
  <Icon name="listening">
    <path d="M4 15v-3a8 8 0 0 1 16 0v3M4 14.5h2.5a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-5ZM20 14.5h-2.5a1 1 0 0 0-1 1v4a1 1 0 0 0 1 1H19a1 1 0 0 0 1-1v-5Z" />
  </Icon>
);

export const EmergencyIcon = () => (
  <Icon name="emergency">
    <path d="M6.5 18v-5.5a5.5 5.5 0 0 1 11 0V18M4.5 20.5h15M4.5 18h15M12 2.5v1.75M4 5.5l1.25 1.25M20 5.5l-1.25 1.25M12 10.5v4" />
  </Icon>
);

export const SoundIcon = () => (
  <Icon name="sound">
    <path d="M4 9.75v4.5h3.25L12 18.5v-13L7.25 9.75H4ZM15.5 9a4.5 4.5 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" />
  </Icon>
);

export const SilencedIcon = () => (
  <Icon name="silenced">
    <path d="M4 9.75v4.5h3.25L12 18.5v-13L7.25 9.75H4ZM16 9.5l5 5M21 9.5l-5 5" />
  </Icon>
);

export const PriorityIcon = ({ isOn }: { isOn: boolean }) => (
  <Icon name="priority">
    <path
      d="m12 3.5 2.6 5.3 5.9.85-4.25 4.15 1 5.85L12 16.9l-5.25 2.75 1-5.85L3.5 9.65l5.9-.85L12 3.5Z"
      fill={isOn ? "currentcolor" : "none"}
    />
  </Icon>
);

export const UpIcon = () => (
  <Icon name="up">
    <path d="m6 14.5 6-6 6 6" />
  </Icon>
);

export const DownIcon = () => (
  <Icon name="down">
    <path d="m6 9.5 6 6 6-6" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon name="close">
    <path d="m5.5 5.5 13 13M18.5 5.5l-13 13" />
  </Icon>
);
