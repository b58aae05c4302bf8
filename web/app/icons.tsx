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

export const CloseIcon = () => (
  <Icon name="close">
    <path d="m5.5 5.5 13 13M18.5 5.5l-13 13" />
  </Icon>
);
