// The dialogs are no part of the first load, but must be there when the network is not: fetched when nothing else is to do.

const IDLE_MS = 3000;

export function preloadDialogs(): () => void {
  const timer = setTimeout(() => {
    void Promise.allSettled([
      import('./CreateRoom.svelte'),
      import('./DeleteMessage.svelte'),
      import('./JoinRoom.svelte'),
      import('./NewDirect.svelte'),
      import('../settings/Settings.svelte'),
      import('../settings/RoomSettings.svelte'),
      import('../profile/ProfileCard.svelte'),
      import('../shell/ConnectionCard.svelte'),
      import('../room/Completion.svelte'),
      import('../room/EmojiPicker.svelte'),
      import('../room/MessageMenu.svelte'),
      import('../shell/Help.svelte'),
      import('../shell/JumpBox.svelte'),
    ]);
  }, IDLE_MS);
  return () => clearTimeout(timer);
}
