// Which of the sidebar's dialogs is open: its buttons open them, and empty places do.

export type SidebarDialog = 'create' | 'join' | 'direct';

let opened = $state<SidebarDialog | null>(null);

export const dialogs = {
  get opened() {
    return opened;
  },
  open(which: SidebarDialog) {
    opened = which;
  },
  close() {
    opened = null;
  },
};
