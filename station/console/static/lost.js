// Where an address leads nowhere: in the look that was chosen here.

import { $ } from "/feed.js";
import { look } from "/look.js";

look("auto", $("look"));
