// A picture for each kind of question.

import Barcode from '@lucide/svelte/icons/scan-barcode';
import Calculator from '@lucide/svelte/icons/calculator';
import Calendar from '@lucide/svelte/icons/calendar';
import CalendarClock from '@lucide/svelte/icons/calendar-clock';
import Camera from '@lucide/svelte/icons/camera';
import CheckCheck from '@lucide/svelte/icons/list-checks';
import CircleDot from '@lucide/svelte/icons/circle-dot';
import Clock from '@lucide/svelte/icons/clock';
import Coins from '@lucide/svelte/icons/coins';
import EyeOff from '@lucide/svelte/icons/eye-off';
import Folder from '@lucide/svelte/icons/folder';
import Gauge from '@lucide/svelte/icons/gauge';
import Hash from '@lucide/svelte/icons/hash';
import Info from '@lucide/svelte/icons/info';
import ListOrdered from '@lucide/svelte/icons/list-ordered';
import MapPin from '@lucide/svelte/icons/map-pin';
import MessagesSquare from '@lucide/svelte/icons/messages-square';
import Mic from '@lucide/svelte/icons/mic';
import Package from '@lucide/svelte/icons/package';
import Percent from '@lucide/svelte/icons/decimals-arrow-right';
import Repeat from '@lucide/svelte/icons/repeat';
import Ruler from '@lucide/svelte/icons/ruler';
import Smartphone from '@lucide/svelte/icons/smartphone';
import SquareCheck from '@lucide/svelte/icons/square-check';
import Text from '@lucide/svelte/icons/type';
import type { Component } from 'svelte';

import type { KindName } from '../../state/form';

export const PICTURES: Readonly<Record<KindName, Component<{ 'aria-hidden'?: 'true' }>>> = {
  single_choice: CircleDot,
  multiple_choice: CheckCheck,
  scale: Gauge,
  ranking: ListOrdered,
  acknowledge: SquareCheck,
  text: Text,
  whole_number: Hash,
  number: Percent,
  range: Ruler,
  date: Calendar,
  time: Clock,
  date_time: CalendarClock,
  place: MapPin,
  photo: Camera,
  sound: Mic,
  barcode: Barcode,
  note: Info,
  group: Folder,
  repeat: Repeat,
  points: Coins,
  statements: MessagesSquare,
  calculate: Calculator,
  hidden: EyeOff,
  metadata: Smartphone,
  other: Package,
};
